package matrix

import (
	"cmp"
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

// Measures in CSS pixels.
const (
	size     = 13.0 // of letters
	letter   = 7.2  // of a symbol, at the most
	cellHigh = 26.0
	cellWide = 26.0 // at least
	gap      = 3.0
	edge     = 4.0
	lean     = -50.0 // degrees of long labels of columns
)

// layout is where things are.
type layout struct {
	rows, columns int
	left, top     float64 // of the first cell
	wide          float64 // a cell
	leans         bool
	width, height float64
}

func (p Picture) lay(rows, columns int) layout {
	l := layout{rows: rows, columns: columns, wide: cellWide, left: edge}
	for _, row := range p.Rows[:rows] {
		l.left = max(l.left, edge+reach(row.Text, maxLabel))
		for _, c := range row.Cells[:min(len(row.Cells), columns)] {
			l.wide = max(l.wide, letter*float64(length(c.Symbol, MaxSymbol))+8)
		}
	}
	l.left += 10
	l.width = l.left + float64(columns)*(l.wide+gap) + edge
	l.top = 24
	for _, c := range p.Columns[:columns] {
		l.leans = l.leans || reach(c.Text, maxAcross) > l.wide+gap
	}
	if l.leans {
		sin, cos := math.Sincos(-lean * math.Pi / 180)
		for i, c := range p.Columns[:columns] {
			x, y := l.across(i)
			across := reach(c.Text, maxAcross)
			l.top = max(l.top, across*sin+size*cos-y+edge)
			l.width = max(l.width, x+across*cos+size*sin/2+edge)
		}
	}
	l.height = l.top + float64(rows)*(cellHigh+gap) + edge
	return l
}

// across is where the label of a column begins, if it leans, or has its middle: y is
// from the top of the cells.
func (l layout) across(column int) (x, y float64) {
	x = l.left + (float64(column)+.5)*(l.wide+gap)
	if l.leans {
		x += 2
	}
	return x, -8
}

func (p Picture) draw(l layout) template.HTML {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="matrix" role="group" aria-label="%s" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f">`,
		html.EscapeString(p.Title), l.width, l.height, l.width, l.height)
	for i, c := range p.Columns[:l.columns] {
		x, y := l.across(i)
		place := fmt.Sprintf(`x="%.1f" y="%.1f" text-anchor="middle"`, x, l.top+y)
		if l.leans {
			place = fmt.Sprintf(`transform="translate(%.1f %.1f) rotate(%.0f)"`, x, l.top+y, lean)
		}
		label(&b, c, "column", place, maxAcross)
	}
	for i, row := range p.Rows[:l.rows] {
		y := l.top + float64(i)*(cellHigh+gap)
		label(&b, row.Label, "row", fmt.Sprintf(`x="%.1f" y="%.1f" text-anchor="end"`, l.left-8, y+cellHigh/2+4.5), maxLabel)
		for j, c := range row.Cells[:min(len(row.Cells), l.columns)] {
			c.draw(&b, l.left+float64(j)*(l.wide+gap), y, l.wide)
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) //nolint:gosec // every text in it is escaped
}

func label(b *strings.Builder, l Label, kind, place string, most int) {
	linked(b, l.Link, func() {
		fmt.Fprintf(b, `<text class="%s%s" %s><title>%s</title>%s</text>`, kind, class(l.State), place,
			html.EscapeString(cmp.Or(l.Title, l.Text)), html.EscapeString(cut(l.Text, most)))
	})
}

func (c Cell) draw(b *strings.Builder, x, y, wide float64) {
	if c == (Cell{}) {
		return
	}
	linked(b, c.Link, func() {
		fmt.Fprintf(b, `<g class="of%s">`, class(c.State))
		if c.Title != "" {
			fmt.Fprintf(b, `<title>%s</title>`, html.EscapeString(c.Title))
		}
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.0f" rx="4"/>`, x, y, wide, cellHigh)
		if c.Symbol != "" {
			fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, x+wide/2, y+cellHigh/2+4.5, html.EscapeString(cut(c.Symbol, MaxSymbol)))
		}
		b.WriteString("</g>")
	})
}

// linked puts what is drawn into a link, if it stays on the site.
func linked(b *strings.Builder, link string, draw func()) {
	stays := strings.HasPrefix(link, "#") || strings.HasPrefix(link, "?") ||
		strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "//") && !strings.Contains(link, `\`)
	if !stays {
		draw()
		return
	}
	fmt.Fprintf(b, `<a href="%s">`, html.EscapeString(link))
	draw()
	b.WriteString("</a>")
}

// class is a state as a class of its own, or nothing.
func class(state string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return -1
	}, state)
	if safe == "" {
		return ""
	}
	return " is-" + safe
}
