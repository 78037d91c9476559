// Package curve draws counts over time as SVG: lines with the bands in which the
// truth is thought to be, axes with round ticks, marks of what happened when.
//
//	picture := curve.SVG(curve.Picture{
//		Label: "Infected hosts over 48 hours, with and without sharing: …", // for who cannot see it
//		X:     curve.Hours, Log: true,
//		Series: []curve.Series{
//			{Name: "with Tocsin", Points: []curve.Point{{0, 10}, {24, 900}, {48, 1_100}}, Band: []curve.Range{{0, 8, 12}, {48, 700, 1_900}}},
//			{Name: "alone", Points: []curve.Point{{0, 10}, {24, 90_000}}},
//		},
//		Marks: []curve.Mark{{X: 4, Text: "first report"}},
//	})
//
// Series are told apart by the words at their ends and by their dashes, not by
// colour alone; the n-th is of class "s<n>" unless it says of which. Colours come
// from the style sheet: `.curve .s1 .line`, `.curve .s1 .band` and so on. Whatever
// is put in, a picture stays below some 6 KB a series: what would not be seen
// is left out.
package curve

import "html/template"

// Axis is what X counts.
type Axis int

// The kinds of axes.
const (
	Clock Axis = iota // seconds since 1970, UTC; see At
	Hours             // since the beginning
)

// Picture is what is drawn. Only Label and one series with two points are needed.
type Picture struct {
	Label  string // all of it in words, for who cannot see it
	Class  string // of the whole picture, beside "curve"
	X      Axis
	Log    bool    // counts on a logarithmic scale: what doubles steadily is a straight line
	Unit   string  // behind the counts of the axis, such as "%"
	Top    float64 // no higher than this is drawn: an estimate can run away; 0: everything
	Width  int     // in units of about a pixel; 0: 420, on which words stay readable on a telephone
	Height int     // 0: 190
	Series []Series
	Marks  []Mark
	Notes  []Note
}

// Series is one count over time.
type Series struct {
	Name   string  // at the end of its line; empty: none
	Class  string  // for the style sheet; empty: s1 for the first, s2 for the second
	Step   bool    // it is what was reported, and stays so until the next point
	Filled bool    // the ground below it has a tint
	Points []Point // by rising X
	Band   []Range // where the truth is thought to be, by rising X; may reach beyond the points
}

// Point is a count at a time.
type Point struct{ X, Y float64 }

// Range is from where to where a count may be at a time.
type Range struct{ X, Low, High float64 }

// Mark is a moment: a line from top to bottom, with a word or two above.
type Mark struct {
	X    float64
	Text string
}

// Note is a word or two at a point.
type Note struct {
	Point
	Text  string // empty: a dot alone
	Title string // more words, on hover
}

// SVG is the picture, for html/template; empty if there is nothing to draw.
func SVG(p Picture) template.HTML {
	f, drawable := frameOf(p)
	if !drawable {
		return ""
	}
	return template.HTML(f.draw()) //nolint:gosec // numbers, and texts that are escaped
}
