// Package dots draws shares on a line from 0 to 100 %: for each row the shares that
// several have given, as dots with the range between the least and the most, and
// their mean. Rows can have several groups, such as before and after. It knows
// nothing of what it draws.
//
//	p := dots.Picture{Title: "What partners hold likely", Rows: []dots.Row{{Text: "The first group", Groups: []dots.Group{
//		{State: "before", Name: "round 1", Shares: []dots.Share{{.4, "Alpha"}, {.9, "Beta"}}, Mean: .65},
//		{State: "now", Name: "round 2", Shares: []dots.Share{{.6, "Alpha"}, {.8, "Beta"}}, Mean: .7},
//	}}}}
//	svg := p.SVG() // <svg class="dots" …>
//
// The state becomes the class "is-STATE" of the group; the mean is a diamond and
// has its number beside it, so that colour is not needed. What is beyond the bounds
// is not drawn. Beside the picture stands a table or a list that says the same.
package dots

import (
	"cmp"
	"fmt"
	"html"
	"html/template"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of what is drawn, and of labels in characters.
const (
	MaxRows   = 40
	MaxGroups = 3
	MaxShares = 40
	maxLabel  = 34
)

// Picture is a plot. The zero Picture draws nothing.
type Picture struct {
	Title string // what it shows, in a sentence; assistive technology reads it
	Rows  []Row
}

// Row is one line of the plot, or one for each group.
type Row struct {
	Text   string
	Groups []Group
}

// Group is shares that belong together.
type Group struct {
	State  string // lower-case letters; anything else is left out
	Name   string // on hover
	Shares []Share
	Mean   float64 // 0 to 1
}

// Share is one dot: 0 to 1, and whose it is.
type Share struct {
	At float64
	Of string
}

// Measures in CSS pixels.
const (
	left, across, right = 270.0, 400.0, 70.0
	top, lane, between  = 26.0, 20.0, 10.0
)

// SVG is the picture; nothing without rows. Every text in it is escaped.
func (p Picture) SVG() template.HTML {
	rows := p.Rows[:min(len(p.Rows), MaxRows)]
	if len(rows) == 0 {
		return ""
	}
	high := top
	for _, r := range rows {
		high += lane*float64(max(1, min(len(r.Groups), MaxGroups))) + between
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="dots" role="img" aria-label="%s" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f">`, html.EscapeString(p.Title), left+across+right, high, left+across+right, high)
	for _, percent := range []int{0, 25, 50, 75, 100} {
		x := place(float64(percent) / 100)
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" y1="%.0f" x2="%.1f" y2="%.0f"/><text class="axis" x="%.1f" y="14" text-anchor="middle">%d %%</text>`, x, top-6, x, high-4, x, percent)
	}
	y := top
	for _, r := range rows {
		groups := r.Groups[:min(len(r.Groups), MaxGroups)]
		fmt.Fprintf(&b, `<text class="row" x="%.0f" y="%.1f" text-anchor="end"><title>%s</title>%s</text>`, left-16, y+lane/2+4.5, html.EscapeString(r.Text), html.EscapeString(cut(r.Text)))
		for i, g := range groups {
			g.draw(&b, y+lane*(float64(i)+.5))
		}
		y += lane*float64(max(1, len(groups))) + between
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) //nolint:gosec // every text in it is escaped
}

func (g Group) draw(b *strings.Builder, y float64) {
	shares := g.Shares[:min(len(g.Shares), MaxShares)]
	if len(shares) == 0 {
		return
	}
	state := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, g.State)
	byShare := func(a, b Share) int { return cmp.Compare(a.At, b.At) }
	least, most := slices.MinFunc(shares, byShare), slices.MaxFunc(shares, byShare)
	fmt.Fprintf(b, `<g class="is-%s"><title>%s</title><line class="range" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, state, html.EscapeString(g.Name), place(least.At), y, place(most.At), y)
	for _, s := range shares {
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="4"><title>%s</title></circle>`, place(s.At), y, html.EscapeString(s.Of))
	}
	x := place(g.Mean)
	fmt.Fprintf(b, `<path class="mean" d="M%.1f %.1fl7 -7l7 7l-7 7z"/><text class="axis" x="%.0f" y="%.1f">%.0f %%</text></g>`, x-7, y, left+across+14, y+4.5, 100*bounded(g.Mean))
}

// place is where a share stands.
func place(share float64) float64 { return left + across*bounded(share) }

// bounded keeps what is no share within the picture.
func bounded(share float64) float64 {
	if !(share > 0) {
		return 0
	}
	return min(share, 1)
}

func cut(text string) string {
	if utf8.RuneCountInString(text) <= maxLabel {
		return text
	}
	return string([]rune(text)[:maxLabel-1]) + "…"
}
