package curve

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// draw is the picture as a part of a page.
func (f *frame) draw() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="%s" viewBox="0 0 %d %d" role="img" aria-label="%s">`,
		html.EscapeString(strings.TrimSpace("curve "+f.Class)), f.Width, f.Height, html.EscapeString(f.Label))
	f.body(&b)
	b.WriteString("</svg>")
	return b.String()
}

// body is what is in it: bands below lines, lines below words.
func (f *frame) body(b *strings.Builder) {
	for _, v := range f.yTicks {
		y := f.y.place(v)
		fmt.Fprintf(b, `<path class="rule" d="M%s %sH%s"/><text x="%s" y="%s" text-anchor="end">%s</text>`,
			num(f.x.from), num(y), num(f.x.to), num(f.x.from-6), num(y+4), html.EscapeString(short(v, f.Unit)))
	}
	for _, t := range f.xTicks {
		fmt.Fprintf(b, `<text x="%s" y="%d" text-anchor="middle">%s</text>`, num(f.x.place(t.at)), f.Height-8, t.text)
	}
	for i, s := range f.Series {
		f.drawSeries(b, cmp.Or(s.Class, "s"+strconv.Itoa(i+1)), s)
	}
	for i, m := range f.Marks {
		x, y, anchor := f.x.place(m.X), f.y.to-8-float64(f.rows[i]*lineHeight), "start"
		if x+letter*float64(utf8.RuneCountInString(m.Text)) > float64(f.Width) {
			anchor = "end"
		}
		fmt.Fprintf(b, `<path class="mark" d="M%s %sV%s"/><text class="mark" x="%s" y="%s" text-anchor="%s">%s</text>`,
			num(x), num(y+4), num(f.y.from), num(x), num(y), anchor, html.EscapeString(m.Text))
	}
	for _, n := range f.Notes {
		f.drawNote(b, n)
	}
	f.drawNames(b)
}

func (f *frame) drawNote(b *strings.Builder, n Note) {
	x, y, anchor := f.x.place(n.X), f.y.place(n.Y), "end"
	if x-letter*float64(utf8.RuneCountInString(n.Text)) < f.x.from {
		anchor = "start"
	}
	fmt.Fprintf(b, `<circle class="note" cx="%s" cy="%s" r="3">`, num(x), num(y))
	if n.Title != "" {
		fmt.Fprintf(b, `<title>%s</title>`, html.EscapeString(n.Title))
	}
	b.WriteString("</circle>")
	if n.Text != "" {
		fmt.Fprintf(b, `<text class="note" x="%s" y="%s" text-anchor="%s">%s</text>`, num(x), num(max(y-8, 12)), anchor, html.EscapeString(n.Text))
	}
}

func (f *frame) drawSeries(b *strings.Builder, class string, s Series) {
	fmt.Fprintf(b, `<g class="%s">`, html.EscapeString(class))
	if s.Name != "" {
		fmt.Fprintf(b, "<title>%s</title>", html.EscapeString(s.Name))
	}
	if len(s.Band) > 1 {
		var low, high []Point
		for _, r := range s.Band {
			low, high = append(low, f.place(Point{r.X, r.Low})), append(high, f.place(Point{r.X, r.High}))
		}
		low, high = seen(low), seen(high)
		slices.Reverse(low)
		fmt.Fprintf(b, `<path class="band" d="%sZ"/>`, polyline(append(high, low...)))
	}
	if len(s.Points) > 1 {
		places := make([]Point, len(s.Points))
		for i, p := range s.Points {
			places[i] = f.place(p)
		}
		places = seen(places)
		path := polyline(places)
		if s.Step {
			path = stairs(places)
		}
		if s.Filled {
			fmt.Fprintf(b, `<path class="area" d="%sV%sH%sZ"/>`, path, num(f.y.from), num(places[0].X))
		}
		fmt.Fprintf(b, `<path class="line" d="%s"/>`, path)
	}
	b.WriteString("</g>")
}

func (f *frame) place(p Point) Point { return Point{f.x.place(p.X), f.y.place(p.Y)} }

// drawNames writes the names at the ends of their lines, one below the other.
func (f *frame) drawNames(b *strings.Builder) {
	type end struct {
		Point
		name, class string
	}
	var ends []end
	for i, s := range f.Series {
		if s.Name == "" || len(s.Points) == 0 {
			continue
		}
		ends = append(ends, end{f.place(s.Points[len(s.Points)-1]), s.Name, cmp.Or(s.Class, "s"+strconv.Itoa(i+1))})
	}
	slices.SortStableFunc(ends, func(a, b end) int { return cmp.Compare(a.Y, b.Y) })
	for i := range ends { // down, so that none covers the one above
		if i > 0 {
			ends[i].Y = max(ends[i].Y, ends[i-1].Y+lineHeight)
		}
	}
	for i := len(ends) - 1; i >= 0; i-- { // and up again from the bottom
		most := f.y.from
		if i < len(ends)-1 {
			most = ends[i+1].Y - lineHeight
		}
		ends[i].Y = min(ends[i].Y, most)
	}
	for _, e := range ends {
		fmt.Fprintf(b, `<text class="name %s" x="%s" y="%s">%s</text>`, html.EscapeString(e.class), num(e.X+6), num(e.Y+4), html.EscapeString(shortened(e.name)))
	}
}

func shortened(name string) string {
	if utf8.RuneCountInString(name) <= longestName {
		return name
	}
	return string([]rune(name)[:longestName-1]) + "…"
}
