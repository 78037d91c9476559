package web

import (
	"net/url"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/chronicle"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// shieldsView is the protections of an outbreak, those in force first.
type shieldsView struct {
	List     []shieldRow
	More     int
	InForce  int
	Partners int // that take part; 0: not said of a moment in the past
}

// shieldRow is one of them.
type shieldRow struct {
	chronicle.Shield
	Held  protect.Count // partners that have it in force, as the reader is told
	Of    int
	Since chronicle.ShieldStep // what made it as it is
	Name  string               // of who did
}

// maxShieldRows is how many protections the page of an outbreak lists.
const maxShieldRows = 30

func (p *pages) shields(r reading, m chronicle.Moment, past bool) shieldsView {
	v := shieldsView{InForce: m.InForce()}
	if !past {
		v.Partners = len(p.Views.Access.Partners())
	}
	list := slices.Clone(m.Shields)
	slices.Reverse(list)
	slices.SortStableFunc(list, func(a, b chronicle.Shield) int { return first(a.InForce, b.InForce) })
	list, v.More = firstOf(list, maxShieldRows)
	for _, one := range list {
		row := shieldRow{Shield: one, Of: v.Partners, Since: one.Steps[len(one.Steps)-1], Held: protect.Count{N: one.Partners}}
		if one.Partners < protect.MinCount && !r.who.AtLeast(access.Coordinator) {
			row.Held = protect.Count{FewerThan: protect.MinCount}
		}
		row.Name = p.actorName(row.Since.By)
		v.List = append(v.List, row)
	}
	return v
}

// queried is a text as it stands in an address.
func queried(text string) string { return url.QueryEscape(text) }
