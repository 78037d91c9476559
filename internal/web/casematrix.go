package web

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"

	"github.com/tocsin-project/tocsin/internal/attribution"
	casepage "github.com/tocsin-project/tocsin/internal/dossier/page"
	"github.com/tocsin-project/tocsin/internal/picture/matrix"
)

// caseMatrix is some items against some hypotheses, as a picture and as a table.
type caseMatrix struct {
	Picture template.HTML
	Columns []hypothesisColumn
	Items   []itemView
}

// hypothesisColumn is a hypothesis in a matrix.
type hypothesisColumn struct {
	Title string
	Leads bool
	place int // in Case.Hypotheses
}

// fitCell is what the partners say of a hypothesis in the light of an item.
type fitCell struct {
	State, Symbol, Says string
}

// ratingTally is the ratings of one cell.
type ratingTally struct{ raters, sum, least, most int }

const (
	maxCaseAcross = 10 // hypotheses in one matrix
	maxColumn     = 60 // characters of a hypothesis in a cell's words
)

// columns are hypotheses in the order of the ranking, then those that are not
// ranked: at most so many, from one on.
func (v *caseView) columns(from, most int) []hypothesisColumn {
	place := make(map[string]int, len(v.Hypotheses))
	for j, h := range v.Hypotheses {
		place[string(h.ID)] = j
	}
	var list []hypothesisColumn
	for _, r := range v.scores.Ranking {
		list = append(list, hypothesisColumn{v.Title(attribution.HypothesisID(r.Hypothesis)), slices.Contains(v.scores.Leaders, r.Hypothesis), place[r.Hypothesis]})
	}
	for _, id := range v.scores.Unranked {
		list = append(list, hypothesisColumn{v.Title(attribution.HypothesisID(id)), false, place[id]})
	}
	list = list[min(max(from, 0), len(list)):]
	return list[:min(most, len(list))]
}

// mostTelling are items by their places: those first that are decisive, then those
// that tell most between the hypotheses.
func (v *caseView) mostTelling(most int) []int {
	places := make([]int, len(v.Evidence))
	for i := range places {
		places[i] = i
	}
	rank := func(i int) float64 {
		r := v.scores.Rows[i]
		rank := -float64(r.Diagnosticity)
		if r.Decisive {
			rank -= 10 // more than any diagnosticity, which is 2 at most
		}
		if !r.Counts {
			rank += 10
		}
		return rank
	}
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(rank(a), rank(b)) })
	return places[:min(most, len(places))]
}

// matrix is the items at some places against some hypotheses.
func (v *caseView) matrix(places []int, columns []hypothesisColumn) caseMatrix {
	m := caseMatrix{Columns: columns, Items: v.itemsAt(places)}
	tallies := v.tallies(places, columns)
	picture := matrix.Picture{Title: english.say("case.matrix.title", map[string]int{"Items": len(places), "Hypotheses": len(columns)}),
		Columns: []matrix.Label{{Text: english.say("case.matrix.grade", nil)}, {Text: english.say("case.matrix.tells", nil)}}}
	for _, c := range columns {
		label := matrix.Label{Text: casepage.Visible(c.Title)}
		if c.Leads {
			label.State, label.Title = "own", english.say("case.matrix.leads", c.Title)
		}
		picture.Columns = append(picture.Columns, label)
	}
	for i := range m.Items {
		item := &m.Items[i]
		row := matrix.Row{Label: matrix.Label{Text: fmt.Sprintf("E%d %s", item.N, casepage.Visible(item.Title)), Link: item.Path}}
		row.Title = row.Text
		if item.Hidden {
			row.Text, row.State = english.say("case.matrix.sealed", row.Text), "sealed"
		}
		row.Cells = append(row.Cells, matrix.Cell{State: "plain", Symbol: item.Grade, Title: item.GradeSays}, matrix.Cell{State: "plain", Symbol: item.Tells, Title: item.TellsSays})
		for j, c := range columns {
			cell := tallies[i][j].cell(fmt.Sprint("E", item.N), c.Title)
			item.Cells = append(item.Cells, cell)
			row.Cells = append(row.Cells, matrix.Cell{State: cell.State, Symbol: cell.Symbol, Title: cell.Says, Link: item.Path})
		}
		picture.Rows = append(picture.Rows, row)
	}
	m.Picture = picture.SVG()
	return m
}

// tallies are the ratings of items and hypotheses, row by row.
func (v *caseView) tallies(places []int, columns []hypothesisColumn) [][]ratingTally {
	row, column := make(map[int]int, len(places)), make(map[int]int, len(columns))
	list := make([][]ratingTally, len(places))
	for i, place := range places {
		row[place], list[i] = i, make([]ratingTally, len(columns))
	}
	for j, c := range columns {
		column[c.place] = j
	}
	for i := range v.Ratings {
		r := &v.Ratings[i]
		at, shown := row[r.Row]
		across, too := column[r.Column]
		if shown && too {
			points, _ := r.Value.Points()
			list[at][across].add(points)
		}
	}
	return list
}

func (t *ratingTally) add(points int) {
	if t.raters == 0 {
		t.least, t.most = points, points
	}
	t.raters, t.sum, t.least, t.most = t.raters+1, t.sum+points, min(t.least, points), max(t.most, points)
}

// ratingCells are the ways in which an item can fit a hypothesis, by the mean of the
// ratings rounded to whole points, from -2 to 2. The symbols differ without colour.
var ratingCells = [5]fitCell{
	{"against-much", "−−", "case.fit.very-inconsistent"}, {"against", "−", "case.fit.inconsistent"}, {"neutral", "○", "case.fit.neutral"},
	{"fits", "+", "case.fit.consistent"}, {"fits-much", "++", "case.fit.very-consistent"},
}

// apart says that partners contradict each other: more than one step.
func (t ratingTally) apart() bool { return t.raters > 1 && t.most-t.least > 1 }

func (t ratingTally) cell(item, hypothesis string) fitCell {
	says := struct {
		Item, Hypothesis, Word string
		Raters                 int
		Apart                  bool
	}{Item: item, Hypothesis: casepage.Visible(shortened(hypothesis, maxColumn)), Raters: t.raters, Apart: t.apart()}
	if t.raters == 0 {
		return fitCell{"unrated", "?", english.say("case.cell.unrated", says)}
	}
	mean := float64(t.sum) / float64(t.raters)
	c := ratingCells[int(math.Round(mean))+2]
	says.Word = english.say(c.Says, nil)
	if c.Says = english.say("case.cell", says); t.apart() {
		c.Symbol += "!"
	}
	return c
}

// shortened is a text of at most so many characters.
func shortened(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
