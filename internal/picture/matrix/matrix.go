// Package matrix draws a table of states as a picture: rows and columns with short
// labels, and in each cell a symbol on a ground that the style sheet gives its
// state. It knows nothing of what it draws.
//
//	p := matrix.Picture{
//		Title:   "Which protections are in force in which sectors",
//		Columns: []matrix.Label{{Text: "energy"}, {Text: "health"}},
//		Rows: []matrix.Row{{Label: matrix.Label{Text: "bad.example", Link: "/protections/why?value=bad.example"}, Cells: []matrix.Cell{
//			{State: "good", Symbol: "5/5", Title: "bad.example, energy: in force at 5 of 5"},
//			{State: "part", Symbol: "2/4", Title: "bad.example, health: in force at 2 of 4"},
//		}}},
//	}
//	svg := p.SVG() // <svg class="matrix" …>
//
// The state becomes the class "is-STATE" of the cell; matrix.css of the pages knows
// good, part, bad, none and own, and a room adds those that it needs. The symbol
// says the same without colour: give each state another one. A symbol is up to
// MaxSymbol characters, and the columns grow with it. Labels of columns stand
// upright where all are as short as a symbol, and lean otherwise.
//
// What is beyond MaxRows and MaxColumns is not drawn: Drawn says how much is, for a
// sentence beside the picture. The picture is as wide as it has to be, so it stands
// in a region that scrolls; and beside it stands a table or a list that says the
// same, for who cannot see it.
package matrix

import "html/template"

// Bounds of what is drawn, and of texts in characters; longer ones are cut, and
// whole in their titles.
const (
	MaxRows    = 60
	MaxColumns = 60
	MaxSymbol  = 7
	maxLabel   = 30
	maxAcross  = 22 // of a column's label
)

// Picture is a matrix. The zero Picture draws nothing.
type Picture struct {
	Title   string // what it shows, in a sentence; assistive technology reads it
	Columns []Label
	Rows    []Row
}

// Label names a row or a column.
type Label struct {
	Text  string
	Title string // more words, on hover; Text if it is empty
	Link  string // a path, a query or a fragment of the same site; anything else is left out
	State string // the class of the text, as of a cell; mostly none
}

// Row is a label and a cell for each column; missing cells are empty.
type Row struct {
	Label
	Cells []Cell
}

// Cell is one state.
type Cell struct {
	State  string // lower-case letters, digits and hyphens; anything else is left out
	Symbol string
	Title  string // what it says in words, on hover
	Link   string // as of a Label
}

// Drawn is how many rows and columns the picture shows.
func (p Picture) Drawn() (rows, columns int) {
	return min(len(p.Rows), MaxRows), min(len(p.Columns), MaxColumns)
}

// SVG is the picture; nothing without rows or columns. Every text in it is escaped.
func (p Picture) SVG() template.HTML {
	rows, columns := p.Drawn()
	if rows == 0 || columns == 0 {
		return ""
	}
	return p.draw(p.lay(rows, columns))
}
