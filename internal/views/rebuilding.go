package views

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Rebuild is how far the catalog has come with what was on the ledger when the hub
// started. Until it has all of it, questions are answered from what there is.
type Rebuild struct {
	Done, Of int64         // bytes of entries
	Left     time.Duration // an estimate from what was done so far; 0: there is none yet
}

// Percent is how much is done, 0 to 100.
func (r Rebuild) Percent() int {
	if r.Of <= 0 {
		return 0
	}
	return int(min(r.Done, r.Of) * 100 / r.Of)
}

// String is as in "43 % done, about 12s left". It is for everybody, and so says nothing
// of how much there is.
func (r Rebuild) String() string {
	text := fmt.Sprintf("%d %% done", r.Percent())
	if r.Left > 0 {
		text += fmt.Sprintf(", about %s left", max(r.Left.Round(time.Second), time.Second))
	}
	return text
}

// rebuilding is what a start has to fold into the catalog.
type rebuilding struct {
	upTo  ledger.Seq // the ledger's head when the memory views had it
	owed  int64      // bytes of entries from the catalog's place up to there
	since time.Time
	done  atomic.Int64 // of owed
}

// left is an estimate: as much time for each byte as until now.
func (r *rebuilding) left(now time.Time) time.Duration {
	done := r.done.Load()
	if done <= 0 || done >= r.owed {
		return 0
	}
	return time.Duration(float64(now.Sub(r.since)) * float64(r.owed-done) / float64(done))
}

// Rebuild says whether the catalog lacks something that was on the ledger when the
// views were opened, and how far it is. The estimate goes by this machine's clock,
// not by the hub's, which a test or a replay may set.
func (v *Views) Rebuild() (r Rebuild, running bool) {
	if v.catalog.Get() >= v.rebuilding.upTo {
		return Rebuild{}, false
	}
	return Rebuild{v.rebuilding.done.Load(), v.rebuilding.owed, v.rebuilding.left(time.Now())}, true
}

// tellEvery is how often the log is told how far a rebuild is.
const tellEvery = 10 * time.Second

// TellRebuild puts into the log how far a rebuild is, and returns when there is
// nothing more of it.
func (v *Views) TellRebuild(ctx context.Context) error {
	begun := time.Now()
	if r, running := v.Rebuild(); running {
		v.log.Info("the catalog is being rebuilt, and answers from what it has", "mebibytes", r.Of>>20)
	}
	for told := false; ; told = true {
		wait, cancel := context.WithTimeout(ctx, tellEvery)
		err := v.catalog.Wait(wait, v.rebuilding.upTo)
		cancel()
		switch {
		case err == nil && told:
			v.log.Info("the catalog is rebuilt", "took", time.Since(begun).Round(time.Millisecond))
			return nil
		case err == nil:
			return nil
		case ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded):
			return err
		}
		if r, running := v.Rebuild(); running {
			v.log.Info("the catalog is being rebuilt", "percent", r.Percent(), "mebibytes", r.Of>>20, "left", r.Left.Round(time.Second))
		}
	}
}

// rebuilt waits for a rebuild, as long as a contributor waits to see what it sent:
// a catalog that lacks something cannot say whether a contribution is known already,
// nor what it shares again with fewer than before.
func (v *Views) rebuilt(ctx context.Context) error {
	wait, cancel := context.WithTimeout(ctx, showPatience)
	defer cancel()
	err := v.catalog.Wait(wait, v.rebuilding.upTo)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return &Backlogged{Bytes: v.backlog.held(), RetryAfter: time.Second + v.rebuilding.left(time.Now())}
	}
	return err
}
