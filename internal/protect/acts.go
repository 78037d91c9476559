package protect

import (
	"cmp"
	"maps"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// acts are what people did about automation as a whole, and what outlets said.
type acts struct {
	stops       Stops
	quarantines quarantines
	history     []Event // stops and quarantines, in the order of their entries
	outlets     outlets
	receipts    receipts
	order       []*slot // all that is listed, and some that no longer is, by seq
	live        int     // how many of them were when it was last tidied
}

func newActs() acts {
	return acts{quarantines: quarantines{}, outlets: newOutlets(), receipts: newReceipts()}
}

// maxHistory bounds the stops and quarantines that stories can mention; the
// oldest are forgotten first. What is on does not depend on it.
const maxHistory = 1000

func (a *acts) note(e ledger.Entry, event Event) {
	event.Seq, event.At, event.By = e.Seq, e.Time, e.Actor
	event.audience, _ = access.ParseAudience(e.Audience) // unreadable: nobody's
	if len(a.history) >= maxHistory {
		a.history = slices.Delete(a.history, 0, maxHistory/10)
	}
	a.history = append(a.history, event)
}

// touching are the acts that may have touched a value of which this is known:
// what happened since somebody first spoke of it, stops that were on then, and
// of quarantines those of partners that spoke of it.
func (a *acts) touching(story []Event) []Event {
	if len(story) == 0 {
		return nil
	}
	first, spoke := story[0].At, map[string]struct{}{}
	for _, e := range story {
		spoke[e.By] = struct{}{}
	}
	before := map[stopKey]Event{}
	var touching []Event
	for _, e := range a.history {
		switch {
		case e.Quarantine != nil:
			if _, said := spoke[string(e.Quarantine.Partner)]; said && !e.At.Before(first) {
				touching = append(touching, e)
			}
		case !e.At.Before(first):
			touching = append(touching, e)
		case e.Stop.On:
			before[e.Stop.key()] = e
		default:
			delete(before, e.Stop.key())
		}
	}
	on := slices.Collect(maps.Values(before))
	slices.SortFunc(on, func(a, b Event) int { return cmp.Compare(a.Seq, b.Seq) })
	return slices.Concat(on, touching)
}
