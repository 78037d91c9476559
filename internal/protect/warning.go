package protect

import (
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/warninglist"
)

// WarningLists refuses what stands in the warninglists that an administrator has
// given the hub, in MISP's format. They hold for everyone: what stands there
// wrongly is taken out of the folder.
type WarningLists struct {
	Lists interface {
		Check(v observable.Value) (warninglist.Hit, bool)
	}
}

// Name is "warning-list".
func (WarningLists) Name() string { return "warning-list" }

// Check implements Guard.
func (w WarningLists) Check(v observable.Value) (string, bool) {
	hit, bad := w.Lists.Check(v)
	return hit.Why, bad
}

// Popular refuses automation the names that most people visit: corroborated
// reports name them by mistake more often than not. A coordinator may overrule
// it: a popular site can be taken over.
type Popular struct{ Ranks *warninglist.Lists } // from warninglist.ReadRanks

// Name is "popular".
func (Popular) Name() string { return "popular" }

// Soft implements Soft.
func (Popular) Soft() bool { return true }

// Check implements Guard.
func (p Popular) Check(v observable.Value) (string, bool) {
	hit, bad := p.Ranks.Check(v)
	return hit.Why, bad
}
