package epidemic_test

import (
	"math"
	"testing"

	"github.com/tocsin-project/tocsin/internal/epidemic"
)

// The simulation agrees with each model within 2 %.
func TestAgreement(t *testing.T) {
	rows := epidemic.Agreement(1, 50_000, 12)
	if len(rows) < 15 {
		t.Errorf("%d rows", len(rows))
	}
	for _, r := range rows {
		t.Logf("%-65s %10.1f %10.1f %.4f ± %.4f", r.Name, r.Theory, r.Simulated, r.Ratio, r.Error)
		if math.Abs(r.Ratio-1) > 0.02 {
			t.Errorf("%s: %.1f, theory says %.1f", r.Name, r.Simulated, r.Theory)
		}
		if r.Error > 0.012 {
			t.Errorf("%s: the seeds leave a standard error of %.3f, too much for a comparison within 2 %%", r.Name, r.Error)
		}
	}
}
