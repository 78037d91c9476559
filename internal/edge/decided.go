package edge

import (
	"cmp"
	"slices"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// decided is the latest decision about each value, by the rule of
// protect.Protection.Yields. What has ended is remembered for a while, so that a
// renewal that a recall has overtaken does not bring it back.
type decided struct {
	latest map[observable.Value]protect.Protection
	ended  []observable.Value // the first to end first
}

// maxEnded is how many ended decisions are remembered, as feed.Live does.
const maxEnded = 1 << 16

func newDecided() *decided { return &decided{latest: map[observable.Value]protect.Protection{}} }

// take notes a decision, and says whether it changes anything.
func (d *decided) take(p protect.Protection) bool {
	if !d.latest[p.Value].Yields(p) {
		return false // a proposal, or what a kill switch outranks
	}
	if d.latest[p.Value] = p; lives(p) {
		return true
	}
	if d.ended = append(d.ended, p.Value); len(d.ended) > maxEnded {
		if first := d.ended[0]; !lives(d.latest[first]) {
			delete(d.latest, first)
		}
		d.ended = d.ended[1:]
	}
	return true
}

func lives(p protect.Protection) bool {
	return p.Status == protect.Active || p.Status == protect.Canary
}

// byAge are those that have not ended, in the order of their decisions.
func (d *decided) byAge() []protect.Protection {
	list := make([]protect.Protection, 0, len(d.latest))
	for _, p := range d.latest {
		if lives(p) {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(x, y protect.Protection) int {
		return cmp.Or(x.Decided.Compare(y.Decided), cmp.Compare(x.ID, y.ID))
	})
	return list
}
