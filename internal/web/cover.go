package web

import (
	"cmp"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Bounds of the coverage: beyond them a page would be neither small nor read.
const (
	maxWeighed   = 50  // newest protections that are counted for each partner
	maxCells     = 400 // partners drawn one by one
	maxUncovered = 100 // partners named that do not have everything in force
)

// coverView is who is covered. Which partner has what in force only it and
// coordinators may see; everybody else is shown counts.
type coverView struct {
	Protections, Of int           // how many were weighed, of how many in force
	Partners        int           // that take part
	Least           protect.Count // partners that have the least spread protection in force
	Own             *cell         // the reader's own partner
	Sectors         []sectorCover // for coordinators
	Cells           bool          // few enough to be drawn one by one
}

// sectorCover is the partners of one sector.
type sectorCover struct {
	Name  string
	Cells []cell
	All   int // have all of them in force
}

// cell is one partner.
type cell struct {
	Name     string
	InForce  int // of the protections that were weighed
	Of       int
	Problems int // outlets that reported a problem
}

// State is how a cell looks: "all", "some" or "none".
func (c cell) State() string {
	switch c.InForce {
	case c.Of:
		return "all"
	case 0:
		return "none"
	}
	return "some"
}

func (p *pages) cover(r reading, active []*protect.Protection, partners []access.Partner) coverView {
	weighed := active[:min(len(active), maxWeighed)]
	v := coverView{
		Protections: len(weighed), Of: len(active), Partners: len(partners),
		Least: protect.Count{N: len(partners)}, Cells: len(partners) <= maxCells,
	}
	has := map[access.PartnerID]*cell{}
	for _, one := range weighed {
		if in := p.Views.Protect.InForceFor(r.who, one.ID); in.N < v.Least.N {
			v.Least = in // fewer than so many counts as none
		}
		seen := map[access.PartnerID]bool{} // a partner has several outlets: one that acts suffices
		for _, receipt := range p.receipts(r, one.ID) {
			c := has[receipt.Partner]
			if c == nil {
				c = &cell{}
				has[receipt.Partner] = c
			}
			if receipt.InForce && !seen[receipt.Partner] {
				seen[receipt.Partner] = true
				c.InForce++
			}
			if receipt.Problem != "" {
				c.Problems++
			}
		}
	}
	bySector := map[string]*sectorCover{}
	for _, partner := range partners {
		c := cell{Name: partner.Name, Of: len(weighed)}
		if known := has[partner.ID]; known != nil {
			c.InForce, c.Problems = known.InForce, known.Problems
		}
		if partner.ID == r.who.Partner {
			v.Own = &c
		}
		if !r.who.AtLeast(access.Coordinator) {
			continue
		}
		s := bySector[partner.Sector]
		if s == nil {
			s = &sectorCover{Name: partner.Sector}
			bySector[partner.Sector] = s
		}
		s.Cells = append(s.Cells, c)
		if c.InForce == c.Of {
			s.All++
		}
	}
	for _, s := range bySector {
		v.Sectors = append(v.Sectors, *s)
	}
	slices.SortFunc(v.Sectors, func(a, b sectorCover) int {
		return cmp.Or(-cmp.Compare(len(a.Cells), len(b.Cells)), cmp.Compare(a.Name, b.Name))
	})
	return v
}

// receipts are those that the reader may see.
func (p *pages) receipts(r reading, protection string) []protect.PartnerReceipt {
	if r.who.Partner == "" && !r.who.AtLeast(access.Coordinator) {
		return nil // there are none: do not sort them to find out
	}
	return p.Views.Protect.Receipts(r.who, protection)
}

// Missing are the first partners that do not have everything in force, and how many
// there are beyond them.
func (v coverView) Missing() missing {
	var list missing
	for _, s := range v.Sectors {
		for _, c := range s.Cells {
			switch {
			case c.InForce == c.Of:
			case len(list.Cells) < maxUncovered:
				list.Cells = append(list.Cells, c)
			default:
				list.More++
			}
		}
	}
	return list
}

// missing is what Missing gives.
type missing struct {
	Cells []cell
	More  int
}

// All is how many there are.
func (m missing) All() int { return len(m.Cells) + m.More }

// Anonymous are cells for counts: the first Least of Partners are covered; none
// where it may not be told how many.
func (v coverView) Anonymous() []bool {
	if v.Least.FewerThan > 0 {
		return nil
	}
	list := make([]bool, v.Partners)
	for i := range min(v.Least.N, v.Partners) {
		list[i] = true
	}
	return list
}
