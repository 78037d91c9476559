package web

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
	casepage "github.com/tocsin-project/tocsin/internal/dossier/page"
	"github.com/tocsin-project/tocsin/internal/picture/matrix"
)

// leftOut is how the ranking of a case changes when one thing is left out.
type leftOut struct {
	with    []score.Place
	items   []score.Changed // those that change it
	changed int             // how many items do
	raters  []raterOut
	unasked int // partners that were not left out: it would take too long
}

// raterOut is the ranking without one partner's ratings.
type raterOut struct {
	by             access.PartnerID
	places         []score.Place
	differs, leads bool
}

const (
	maxLeftOut   = 30        // items in the picture
	maxRatersOut = 20        // partners in the picture
	maxLeftWork  = 1_500_000 // cells that are added up for it
)

// leaveOut is what leaving out any one item, or any one partner's ratings, changes.
func leaveOut(c attribution.Case) *leftOut {
	m := c.Matrix()
	l := &leftOut{with: score.Places(m.Ranking())}
	l.items, l.changed = m.LeaveOneOut(maxLeftOut)
	given := map[access.PartnerID]int{}
	for i := range c.Ratings {
		given[c.Ratings[i].By]++
	}
	raters := slices.SortedFunc(maps.Keys(given), func(a, b access.PartnerID) int {
		return cmp.Or(cmp.Compare(given[b], given[a]), cmp.Compare(a, b))
	})
	asked := min(len(raters), maxRatersOut, max(1, maxLeftWork/max(1, len(c.Evidence)*len(c.Hypotheses))))
	l.unasked = len(raters) - asked
	for _, by := range raters[:asked] {
		one := raterOut{by: by, places: score.Places(c.MatrixWithout(by).Ranking())}
		one.differs, one.leads = score.Differs(l.with, one.places)
		l.raters = append(l.raters, one)
	}
	return l
}

// sensitivityPage is what the ranking hangs on.
type sensitivityPage struct {
	caseView
	Picture template.HTML
	Columns []string
	Rows    []leftRow
	Items   int // that count
	Changed int // of these, that change the ranking
	More    int // that are not listed
	Raters  int // partners whose ratings were left out
	Turned  int // of these, that change it
	Unasked int
	Across  int // hypotheses that are not shown
}

// leftRow is the ranking without something.
type leftRow struct {
	Without string // in words
	Path    string // "" if it is no item
	Places  []string
	Leads   bool // others lead
}

func (p *pages) caseSensitivity(r reading) (content, error) {
	base, err := p.caseOf(r, "sensitivity")
	if err != nil {
		return content{}, err
	}
	l := p.scores.leftOut(base.Case)
	v := sensitivityPage{caseView: *base, Changed: l.changed, More: l.changed - len(l.items), Raters: len(l.raters), Unasked: l.unasked}
	for _, row := range v.scores.Rows {
		if row.Counts {
			v.Items++
		}
	}
	shown, more := firstOf(l.with, maxCaseAcross)
	v.Across = more
	picture := matrix.Picture{Title: english.say("case.sensitivity.picture", nil)}
	for _, place := range shown {
		title := v.Title(attribution.HypothesisID(place.Hypothesis))
		v.Columns = append(v.Columns, title)
		picture.Columns = append(picture.Columns, matrix.Label{Text: casepage.Visible(title)})
	}
	add := func(row leftRow, places []score.Place) {
		drawn := matrix.Row{Label: matrix.Label{Text: casepage.Visible(row.Without), Link: row.Path}}
		for i, was := range shown {
			cell := placeCell(was, places)
			cell.Title = english.say("case.sensitivity.cell", map[string]string{"Row": row.Without, "Hypothesis": shortened(v.Columns[i], maxColumn), "Place": cell.Symbol})
			row.Places, drawn.Cells = append(row.Places, cell.Symbol), append(drawn.Cells, cell)
		}
		v.Rows, picture.Rows = append(v.Rows, row), append(picture.Rows, drawn)
	}
	if len(l.with) > 0 {
		add(leftRow{Without: english.say("case.sensitivity.all", nil)}, l.with)
	}
	for _, one := range l.items {
		item := v.cited(attribution.EvidenceID(one.Evidence))
		add(leftRow{Without: english.say("case.sensitivity.without-item", item.N), Path: item.Path, Leads: one.Leads}, one.Places)
	}
	for _, one := range l.raters {
		if one.differs {
			v.Turned++
			add(leftRow{Without: english.say("case.sensitivity.without-rater", shortened(v.Called(one.by), maxColumn)), Leads: one.leads}, one.places)
		}
	}
	v.Picture = picture.SVG()
	return content{"case-sensitivity", english.say("case.sensitivity.title", v.Question), "/cases", v}, nil
}

// placeCell is where a hypothesis stands in a ranking, beside where it stood.
func placeCell(was score.Place, places []score.Place) matrix.Cell {
	i := slices.IndexFunc(places, func(p score.Place) bool { return p.Hypothesis == was.Hypothesis })
	if i < 0 {
		return matrix.Cell{State: "unrated", Symbol: "–"}
	}
	c := matrix.Cell{State: "plain", Symbol: fmt.Sprint(places[i].Place)}
	switch {
	case places[i].Place == 1:
		c.State = "fits"
	case places[i].Place != was.Place:
		c.State = "moved"
	}
	if places[i].Place != was.Place {
		c.Symbol += map[bool]string{true: "▲", false: "▼"}[places[i].Place < was.Place]
	}
	return c
}
