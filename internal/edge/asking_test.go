package edge_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/edge"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// asking is an outlet that asks for the whole from its own goroutine, as one does
// that replaces an engine's maps; while it asks, more is decided.
type asking struct {
	more func() (last observable.Value) // decides more, and gives the last of it; the zero value if enough was

	mu      sync.Mutex
	told    map[string]bool // all that has come so far
	lacking string          // of what it had been told, what a Set did not have
}

func (*asking) Name() string { return "asking" }

func (o *asking) Apply(_ context.Context, u feed.Update) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if u.Anew {
		o.told = map[string]bool{}
		for _, p := range u.Set().Blocks() { // as of the update
			o.told[p.Text] = true
		}
		o.more()
		return nil
	}
	for _, p := range u.Come {
		o.told[p.Text] = true
	}
	last := o.more()
	for began := time.Now(); time.Since(began) < 30*time.Second; {
		have := map[string]bool{}
		for _, p := range u.Set().Blocks() {
			have[p.Text] = true
		}
		for name := range o.told {
			if !have[name] {
				o.lacking = name
			}
		}
		if last.Text == "" || have[last.Text] {
			return nil
		}
	}
	o.lacking = last.Text
	return nil
}

// What an outlet asks for while more is decided has all that the outlet has been
// told of: what was lost there once stayed out of force for good.
func TestTheWholeIsAskedForWhileMoreIsDecided(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	const rounds, together = 40, 20
	round := 0
	decide := func() (last observable.Value) {
		if round == rounds {
			return last
		}
		var list []protect.Protection
		for i := range together {
			list = append(list, block(fmt.Sprintf("n%d-%d.example", round, i)))
		}
		round++
		h.decide(list...)
		return list[len(list)-1].Value
	}
	o := &asking{more: decide}
	r.cfg.Outlets = []edge.Placed{{Outlet: o}}
	decide()
	r.start()
	r.enforced(rounds * together)
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.told) != rounds*together {
		t.Errorf("told of %d, want %d", len(o.told), rounds*together)
	}
	if o.lacking != "" {
		t.Errorf("a set lacks %s, which the outlet was told of", o.lacking)
	}
}
