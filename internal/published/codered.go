package published

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/tocsin-project/tocsin/internal/epidemic"
)

func codeRedRows(context.Context, Size) ([]Row, error) {
	fit, err := epidemic.Fit(epidemic.CodeRed)
	if err != nil {
		return nil, err
	}
	first, second := epidemic.CodeRed[0], epidemic.CodeRed[1]
	hours, fold := second.Hours-first.Hours, second.Count/first.Count
	return []Row{{
		What: "Code Red I v2, growth K an hour", Published: fmt.Sprintf("%g (doubling in 37 min) and %g (23 min)", epidemic.CodeRedSlow, epidemic.CodeRedFast),
		Source: "which disagree",
		Ours:   fmt.Sprintf("%.2f, 95 %% from %.2f to %.2f (doubling in %.0f min)", fit.Curve.K, fit.Low, fit.High, epidemic.Doubling(fit.Curve.K).Minutes()),
		How:    "a logistic curve fitted to the six counts of one network, profile likelihood",
		Why: fmt.Sprintf("these counts cannot give either: they rise %.2g-fold in the %g hours before half was reached, %.2f an hour on average, where K = %g would need %.0f-fold and K = %g %.0f-fold; the published ones are of other counts",
			fold, hours, math.Log(fold)/hours, epidemic.CodeRedSlow, math.Exp(epidemic.CodeRedSlow*hours), epidemic.CodeRedFast, math.Exp(epidemic.CodeRedFast*hours)),
	}}, nil
}

// scanRates are the worms of which K follows from what was published alone.
var scanRates = []struct {
	worm              string
	scans, vulnerable float64
	published         string
	doubling          time.Duration
}{
	{"WannaCry, 100,000 vulnerable", 13.3, 100_000, "37 min", 37 * time.Minute},
	{"WannaCry, 300,000 vulnerable", 13.3, 300_000, "12.4 min", 744 * time.Second},
	{"WannaCry, 800,000 vulnerable", 13.3, 800_000, "4.7 min", 282 * time.Second},
}

func doublingRows(context.Context, Size) ([]Row, error) {
	rows := make([]Row, 0, len(scanRates))
	for _, w := range scanRates {
		ours := epidemic.Doubling(epidemic.Scanning(w.scans, w.vulnerable))
		rows = append(rows, Row{
			What: w.worm + ", doubling", Published: w.published, Source: "computed, not observed",
			Ours: fmt.Sprintf("%.1f min", ours.Minutes()), How: fmt.Sprintf("ln 2 / K, K = s N / 2^32, %g scans a second", w.scans),
		})
	}
	return rows, nil
}
