package curve

import (
	"math"
	"slices"
	"unicode/utf8"
)

// Measures of a picture, in its units.
const (
	width, height = 420, 190
	letter        = 6.4 // about the width of one of its letters
	lineHeight    = 15
	bottom        = 26
	longestName   = 24 // letters of a name at a line's end
)

// frame is a picture with its scales.
type frame struct {
	Picture
	x, y   scale
	xTicks []tick
	yTicks []float64
	rows   []int // of the words of the marks
}

// frameOf measures what is to be drawn; it says false if nothing is.
func frameOf(p Picture) (f frame, drawable bool) {
	f = frame{Picture: p}
	if f.Width == 0 {
		f.Width = width
	}
	if f.Height == 0 {
		f.Height = height
	}
	first, last := math.Inf(1), math.Inf(-1)
	least, most := math.Inf(1), 0.0
	wide := func(x float64) { first, last = min(first, x), max(last, x) }
	high := func(y float64) {
		if finite(y) {
			most = max(most, y)
			if y > 0 {
				least = min(least, y)
			}
		}
	}
	f.Series = slices.Clone(p.Series)
	for i := range f.Series {
		s := &f.Series[i]
		s.Points = slices.DeleteFunc(slices.Clone(s.Points), func(p Point) bool { return !finite(p.X) || !finite(p.Y) })
		s.Band = slices.DeleteFunc(slices.Clone(s.Band), func(r Range) bool { return !finite(r.X) || math.IsNaN(r.Low) || math.IsNaN(r.High) })
		drawable = drawable || len(s.Points) > 1
		for _, p := range s.Points {
			wide(p.X)
			high(p.Y)
		}
		for _, r := range s.Band {
			wide(r.X)
			high(r.Low)
			high(r.High)
		}
	}
	for _, m := range f.Marks {
		wide(m.X)
	}
	if !drawable || !(last > first) {
		return f, false
	}
	if f.Top > 0 {
		most = min(most, f.Top)
	}
	f.y, f.yTicks = counts(min(least, most), most, f.Log && most > 0)
	f.x = scale{low: first, high: last}
	f.margins()
	f.xTicks = times(f.X, first, last)
	return f, true
}

// margins makes room for the words around.
func (f *frame) margins() {
	left := 0
	for _, v := range f.yTicks {
		left = max(left, utf8.RuneCountInString(short(v, f.Unit)))
	}
	right := 0
	for _, s := range f.Series {
		right = max(right, min(utf8.RuneCountInString(s.Name), longestName))
	}
	f.x.from = max(24, float64(left)*letter+10)
	f.x.to = float64(f.Width) - max(20, float64(right)*letter+12)
	f.rows = make([]int, len(f.Marks))
	highest := 0
	for i, m := range f.Marks {
		for j, before := range f.Marks[:i] {
			apart := math.Abs(f.x.place(m.X) - f.x.place(before.X))
			if f.rows[j] == f.rows[i] && apart < letter*float64(utf8.RuneCountInString(m.Text)+utf8.RuneCountInString(before.Text)) {
				f.rows[i]++
			}
		}
		highest = max(highest, f.rows[i]+1)
	}
	f.y.from = float64(f.Height - bottom)
	f.y.to = 10 + float64(highest*lineHeight)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
