package scan_test

import (
	"math"
	"testing"

	"github.com/tocsin-project/tocsin/internal/outbreak/scan"
)

const runs = 100_000

// Wald's formula says 5.41 first contacts (Jung et al., section 4.2) and the walk
// takes 6.61: the formula supposes that it ends on a threshold, and it ends four
// steps of log 4 from its start. Asked for error rates whose thresholds are four
// steps, the formula says 6.61 itself, and the walk is the same walk.
func TestFirstContactsUntilAVerdict(t *testing.T) {
	paper, whole := scan.Config{}, scan.Config{Alpha: 1. / 257, Beta: 256. / 257}
	for name, c := range map[string]struct {
		config      scan.Config
		wald, exact float64
	}{
		"the paper's thresholds": {paper, 5.414, 6.6148},
		"thresholds of 4 steps":  {whole, 6.6148, 6.6148},
	} {
		flag, clear := scan.Wald(c.config)
		if math.Abs(flag-c.wald) > 1e-3 || math.Abs(clear-c.wald) > 1e-3 {
			t.Errorf("%s: Wald's formula says %g and %g, want %g", name, flag, clear, c.wald)
		}
		flag, clear = scan.WithOvershoot(c.config)
		if math.Abs(flag-c.exact) > 1e-3 || math.Abs(clear-c.exact) > 1e-3 {
			t.Errorf("%s: exactly %g and %g, want %g", name, flag, clear, c.exact)
		}
		for failing, want := range map[float64]float64{0.8: flag, 0.2: clear} {
			v := scan.Measure(c.config, failing, runs, 1)
			if math.Abs(v.Contacts/want-1) > 0.05 || math.Abs(v.Contacts-want) > 5*v.Error {
				t.Errorf("%s: %g of the contacts fail: %.4f +- %.4f first contacts, want %.4f", name, failing, v.Contacts, v.Error, want)
			}
			t.Logf("%s, %g fail: Wald %.3f, exact %.3f, measured %.3f +- %.3f", name, failing, c.wald, want, v.Contacts, v.Error)
		}
	}
}

// The errors made are those of the threshold of 256 that the walk really has: 1
// in 257 each way.
func TestErrorRates(t *testing.T) {
	for failing, want := range map[float64]float64{0.8: 256. / 257, 0.2: 1. / 257} {
		if v := scan.Exact(scan.Config{}, failing); math.Abs(v.Flagged-want) > 1e-12 {
			t.Errorf("%g of the contacts fail: flagged %g, want %g", failing, v.Flagged, want)
		}
		if v := scan.Measure(scan.Config{}, failing, runs, 2); math.Abs(v.Flagged-want) > 5*math.Sqrt(want*(1-want)/runs) {
			t.Errorf("%g of the contacts fail: measured %g, want %g", failing, v.Flagged, want)
		}
	}
}

// Steps that are no multiples of each other have no formula; the sum over all
// ways has to agree with the steps themselves.
func TestExactHoldsForOtherParameters(t *testing.T) {
	c := scan.Config{Theta0: 0.9, Theta1: 0.35, Alpha: 0.003, Beta: 0.97}
	for _, failing := range []float64{0.05, 0.3, 0.5, 0.8, 1} {
		exact, measured := scan.Exact(c, failing), scan.Measure(c, failing, 20_000, 3)
		if math.Abs(exact.Contacts-measured.Contacts) > 5*measured.Error+1e-9 {
			t.Errorf("failing %g: %.4f, measured %.4f +- %.4f", failing, exact.Contacts, measured.Contacts, measured.Error)
		}
	}
}

func TestContactsAgreesWithWhatIsExact(t *testing.T) {
	for failing, want := range map[float64]float64{0.8: 4 / 0.6, 0.95: 4 / 0.9, 1: 4} {
		got := scan.Config{}.Contacts(failing)
		if math.Abs(got-want) > 1e-5 {
			t.Errorf("Contacts(%g) = %g, want %g", failing, got, want)
		}
		if exact := scan.Exact(scan.Config{}, failing).Contacts; math.Abs(got/exact-1) > 0.01 {
			t.Errorf("Contacts(%g) = %g, exactly %g to the first verdict", failing, got, exact)
		}
	}
	if c := (scan.Config{}).Contacts(0.5); !math.IsInf(c, 1) {
		t.Errorf("Contacts(0.5) = %g, want infinity", c)
	}
}

// The default against its two alternatives, as the package comment has them: a
// tenth to a thousandth of their false alarms, for a contact or two more. A busy
// source has no more of them than a quiet one.
func TestTheHistoryOfASource(t *testing.T) {
	restart, reverse := scan.Config{History: scan.Restart}, scan.Config{History: scan.Reverse}
	const perWindow, days = 100, 500
	for _, failing := range []float64{0.05, 0.1, 0.2} {
		stricter := scan.FalseAlarms(scan.Config{}, perWindow, failing, days, 1)
		again := scan.FalseAlarms(restart, perWindow, failing, days, 1)
		backwards := scan.FalseAlarms(reverse, perWindow, failing, days, 1)
		if stricter > again/5 || again > backwards {
			t.Errorf("failing %g: %g false alarms a day, by starting again %g, by the reverse test alone %g", failing, stricter, again, backwards)
		}
		if alpha := 0.01 * 24; stricter > alpha {
			t.Errorf("failing %g: %g false alarms a day, want at most alpha a window, %g", failing, stricter, alpha)
		}
		slow, fast := scan.Delay(scan.Config{}, 10, failing, 0.95, 20_000, 1), scan.Delay(reverse, 10, failing, 0.95, 20_000, 1)
		if slow > fast+2.5 || slow > 10 {
			t.Errorf("failing %g: flagged %g first contacts after the infection, by the reverse test alone %g", failing, slow, fast)
		}
		t.Logf("failing %g: a day %.4f / %.4f / %.4f, contacts %.2f / %.2f / %.2f", failing, stricter, again, backwards,
			slow, scan.Delay(restart, 10, failing, 0.95, 20_000, 1), fast)
	}
}
