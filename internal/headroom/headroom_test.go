package headroom_test

import (
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-project/tocsin/internal/headroom"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

const mib = 1 << 20

// fakeDisk is a disk of which a test says what is free.
type fakeDisk struct {
	space  headroom.Space
	failed error
}

func (d *fakeDisk) measure(string) (headroom.Space, error) { return d.space, d.failed }

func guard(d *fakeDisk, reserve uint64) *headroom.Guard {
	return headroom.New(headroom.Config{Path: "data", Reserve: reserve, Measure: d.measure, Logger: slog.New(slog.DiscardHandler)})
}

func TestWhatIsTakenWhileADiskFillsAndEmpties(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &fakeDisk{}
		g := guard(d, 400*mib)
		for _, step := range []struct {
			free                      uint64
			deferrable, usual, urgent bool
		}{
			{1000 * mib, true, true, true}, {400 * mib, true, true, true}, {400*mib - 1, false, true, true},
			{100 * mib, false, true, true}, {100*mib - 1, false, false, true}, {0, false, false, true},
			{112 * mib, false, false, true}, {113 * mib, false, true, true}, // an eighth more than the quarter
			{449 * mib, false, true, true}, {450 * mib, true, true, true}, {400 * mib, true, true, true},
		} {
			d.space = headroom.Space{Free: step.free, Total: 10_000 * mib}
			time.Sleep(time.Second)
			for u, want := range map[headroom.Urgency]bool{headroom.Deferrable: step.deferrable, headroom.Usual: step.usual, headroom.Urgent: step.urgent} {
				err := g.Admit(u)
				var low *headroom.Low
				if (err == nil) != want || err != nil && (!errors.Is(err, ledger.ErrUnavailable) || !errors.As(err, &low) || low.RetryAfter <= 0) {
					t.Errorf("with %d bytes free, urgency %d: %v, want taken: %t", step.free, u, err, want)
				}
			}
		}
	})
}

func TestADiskThatCannotBeMeasuredStandsAsItDid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &fakeDisk{failed: errors.New("no such disk")}
		g := guard(d, mib)
		if err := g.Admit(headroom.Deferrable); err != nil {
			t.Errorf("never measured: %v", err)
		}
		for _, free := range []uint64{0, 10 * mib} {
			d.space, d.failed = headroom.Space{Free: free}, nil
			time.Sleep(time.Second)
			before := g.Admit(headroom.Deferrable)
			d.failed = errors.New("no such disk")
			time.Sleep(time.Second)
			if after := g.Admit(headroom.Deferrable); (after == nil) != (before == nil) {
				t.Errorf("with %d bytes free it was %v, and then %v", free, before, after)
			}
		}
	})
}

func TestDefaultReserve(t *testing.T) {
	for total, want := range map[uint64]uint64{0: 0, 100 * mib: 5 * mib, 10_240 * mib: 512 * mib, 1 << 50: 512 * mib} {
		if got := headroom.DefaultReserve(total); got != want {
			t.Errorf("of %d bytes: %d, want %d", total, got, want)
		}
	}
}

func TestMeasure(t *testing.T) {
	s, err := headroom.Measure(t.TempDir())
	if err != nil || s.Total == 0 || s.Free > s.Total {
		t.Errorf("this disk: %+v, %v", s, err)
	}
	if _, err := headroom.Measure(t.TempDir() + "/nowhere"); err == nil {
		t.Error("a disk that is not there was measured")
	}
}
