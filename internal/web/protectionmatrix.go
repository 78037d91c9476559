package web

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/picture/matrix"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// matrixView is who has which protections in force, as a picture and as a table. Which
// partner has what only it and coordinators may see: everybody else is shown its own
// outlets, and the count of all.
type matrixView struct {
	matrix.Picture
	Own, ByPartner bool // what the columns are, if not sectors
	Fuller         int  // partners that have everything in force and no column
}

// Bounds of the picture.
const (
	maxMatrix         = 15 // protections
	maxPartnerColumns = 20
)

// cellOf is what a cell says in words.
type cellOf struct {
	Value, Column string
	InForce, Of   int
	Problems      int
	Problem       string
}

func (p *pages) coverMatrix(r reading, list []*protect.Protection, sectors map[string][]access.Partner, byPartner bool) matrixView {
	var v matrixView
	if len(list) == 0 || len(sectors) == 0 {
		return v
	}
	v.Title = english.say("protections.matrix", nil)
	for _, one := range list {
		row := matrix.Row{Label: matrix.Label{Text: one.Text, Link: "/protections/why?value=" + url.QueryEscape(one.Text)}}
		if one.Polarity == protect.MustResolve {
			row.State = "own"
		}
		v.Rows = append(v.Rows, row)
	}
	switch {
	case r.who.AtLeast(access.Coordinator) && byPartner:
		v.byPartners(p, r, list, sectors)
	case r.who.AtLeast(access.Coordinator):
		v.bySectors(p, r, list, sectors)
	default:
		v.ownOutlets(p, r, list)
	}
	if len(v.Columns) == 0 {
		return matrixView{}
	}
	return v
}

// held is what each partner says about one protection: it is in force at an outlet at
// least, or an outlet has a problem.
type held struct{ inForce, problem map[access.PartnerID]bool }

func (p *pages) held(r reading, id string) held {
	h := held{map[access.PartnerID]bool{}, map[access.PartnerID]bool{}}
	for _, one := range p.receipts(r, id) {
		if one.Ignored {
			continue
		}
		h.inForce[one.Partner] = h.inForce[one.Partner] || one.InForce
		h.problem[one.Partner] = h.problem[one.Partner] || one.Problem != ""
	}
	return h
}

func (v *matrixView) bySectors(p *pages, r reading, list []*protect.Protection, sectors map[string][]access.Partner) {
	names := sectorNames(sectors)
	names = names[:min(len(names), matrix.MaxColumns)]
	for _, name := range names {
		v.Columns = append(v.Columns, matrix.Label{Text: name, Title: english.say("protections.matrix.sector", cellOf{Column: name, Of: len(sectors[name])})})
	}
	for i, one := range list {
		h := p.held(r, one.ID)
		for _, name := range names {
			c := cellOf{Value: one.Text, Column: name, Of: len(sectors[name])}
			for _, partner := range sectors[name] {
				if h.inForce[partner.ID] {
					c.InForce++
				}
				if h.problem[partner.ID] {
					c.Problems++
				}
			}
			v.Rows[i].Cells = append(v.Rows[i].Cells, c.cell(fmt.Sprintf("%d/%d", c.InForce, c.Of), english.say("protections.matrix.cell", c)))
		}
	}
}

// byPartners has a column for each partner, those with the most gaps first.
func (v *matrixView) byPartners(p *pages, r reading, list []*protect.Protection, sectors map[string][]access.Partner) {
	v.ByPartner = true
	all := make([]held, len(list))
	for i, one := range list {
		all[i] = p.held(r, one.ID)
	}
	missing := map[access.PartnerID]int{}
	var partners []access.Partner
	for _, some := range sectors {
		for _, partner := range some {
			partners = append(partners, partner)
			for _, h := range all {
				if !h.inForce[partner.ID] {
					missing[partner.ID]++
				}
			}
		}
	}
	slices.SortFunc(partners, func(a, b access.Partner) int {
		return cmp.Or(missing[b.ID]-missing[a.ID], cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	shown := partners[:min(len(partners), maxPartnerColumns)]
	for _, partner := range partners[len(shown):] {
		if missing[partner.ID] == 0 {
			v.Fuller++
		}
	}
	for _, partner := range shown {
		v.Columns = append(v.Columns, matrix.Label{Text: partner.Name, Title: partner.Name + ", " + partner.Sector})
		for i, h := range all {
			v.Rows[i].Cells = append(v.Rows[i].Cells, single(list[i].Text, partner.Name, h.inForce[partner.ID], h.problem[partner.ID], ""))
		}
	}
}

// ownOutlets are the reader's own outlets, and the count of all partners.
func (v *matrixView) ownOutlets(p *pages, r reading, list []*protect.Protection) {
	v.Own = true
	var outlets []string
	all := make([]map[string]protect.PartnerReceipt, len(list))
	for i, one := range list {
		all[i] = map[string]protect.PartnerReceipt{}
		for _, said := range p.receipts(r, one.ID) {
			all[i][said.Outlet] = said
			if !slices.Contains(outlets, said.Outlet) {
				outlets = append(outlets, said.Outlet)
			}
		}
	}
	slices.Sort(outlets)
	for _, outlet := range outlets {
		v.Columns = append(v.Columns, matrix.Label{Text: outlet})
		for i := range list {
			said := all[i][outlet]
			v.Rows[i].Cells = append(v.Rows[i].Cells, single(list[i].Text, outlet, said.InForce, said.Problem != "", said.Problem))
		}
	}
}

// single is the cell of one partner, or of one outlet.
func single(value, column string, inForce, problem bool, why string) matrix.Cell {
	c := cellOf{Value: value, Column: column, Of: 1, Problem: why}
	symbol, key := "–", "protections.matrix.missing"
	if inForce {
		c.InForce, symbol, key = 1, "✓", "protections.matrix.there"
	}
	if problem {
		c.Problems = 1
	}
	return c.cell(symbol, english.say(key, c))
}

// cell has the state in its symbol as well: what is not whole has a mark.
func (c cellOf) cell(symbol, words string) matrix.Cell {
	state := "part"
	switch {
	case c.Problems > 0:
		state, symbol = "bad", symbol+"!"
	case c.InForce == c.Of:
		state = "good"
	case c.InForce == 0:
		state = "none"
	}
	return matrix.Cell{State: state, Symbol: symbol, Title: words}
}

// gaps are those of a list that are not in force everywhere in a sector, or at the
// reader's own partner.
func (p *pages) gaps(r reading, list []*protect.Protection, gap string, sectors map[string][]access.Partner) []*protect.Protection {
	wanted := []access.Partner{}
	switch {
	case gap == "own" && r.who.Partner != "":
		wanted = append(wanted, access.Partner{ID: r.who.Partner})
	case gap != "own" && r.who.AtLeast(access.Coordinator):
		wanted = sectors[gap]
	}
	var open []*protect.Protection
	for _, one := range list {
		h := p.held(r, one.ID)
		if slices.ContainsFunc(wanted, func(partner access.Partner) bool { return !h.inForce[partner.ID] }) {
			open = append(open, one)
		}
	}
	return open
}
