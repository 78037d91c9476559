package web

import (
	"cmp"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/catalog"
)

// The relation picture's measures, in its own units: the object in the middle,
// what points to it on the left and what it points to on the right, a line of
// text each, so that no two labels can meet.
const (
	pictureWidth = 920
	rowHeight    = 22
	headHeight   = 26
	gapHeight    = 10
	leftX        = 330
	rightX       = 590
	maxSide      = 18 // relations of a side; the lists below have all
	labelLength  = 40
	centreLength = 24
)

// line is one row of a side: a heading or a neighbour.
type line struct {
	heading string
	*catalog.Relation
	y float64
}

// relationPicture draws an object and its neighbours, each a link; those that
// tell most come first and are never cut.
func relationPicture(o catalog.Object, related []catalog.Relation) template.HTML {
	if len(related) == 0 {
		return ""
	}
	left, leftHeight, leftDrawn := side(related, false)
	right, rightHeight, rightDrawn := side(related, true)
	height := max(leftHeight, rightHeight, 90)
	middle := height / 2
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="graph" viewBox="0 0 %d %.0f" role="group" aria-label="%s and %d of its %d relations">`,
		pictureWidth, height, esc(cmp.Or(o.Name, o.ID)), leftDrawn+rightDrawn, len(related))
	drawSide(&b, left, leftX, "end", middle-leftHeight/2, middle)
	drawSide(&b, right, rightX, "start", middle-rightHeight/2, middle)
	fmt.Fprintf(&b, `<circle class="centre" cx="%d" cy="%.1f" r="9"/><text class="centre" x="%d" y="%.1f" text-anchor="middle">%s</text></svg>`,
		pictureWidth/2, middle, pictureWidth/2, middle-18, esc(shorten(cmp.Or(o.Name, o.Type), centreLength)))
	return template.HTML(b.String()) //nolint:gosec // every text in it is escaped
}

// side is the rows of one side with their places from its top, its height, and
// how many relations are drawn.
func side(related []catalog.Relation, outgoing bool) (rows []line, height float64, drawn int) {
	var of []catalog.Relation
	for _, r := range related {
		if r.Outgoing == outgoing {
			of = append(of, r)
		}
	}
	slices.SortStableFunc(of, func(a, b catalog.Relation) int {
		return cmp.Or(cmp.Compare(weight(a), weight(b)), cmp.Compare(heading(a), heading(b)), cmp.Compare(telling(a.Other), telling(b.Other)))
	})
	drawn = min(len(of), maxSide)
	title := ""
	for i := range of[:drawn] {
		if now := heading(of[i]); now != title {
			if title != "" {
				height += gapHeight
			}
			title = now
			rows = append(rows, line{heading: title, y: height + headHeight/2})
			height += headHeight
		}
		rows = append(rows, line{Relation: &of[i], y: height + rowHeight/2})
		height += rowHeight
	}
	if more := len(of) - drawn; more > 0 {
		rows = append(rows, line{heading: fmt.Sprintf("and %d more below", more), y: height + headHeight/2})
		height += headHeight
	}
	return rows, height, drawn
}

// weight puts who is behind it before what it does, and that before the long lists.
func weight(r catalog.Relation) int {
	if behind(r) {
		return -1
	}
	return place(heading(r))
}

func drawSide(b *strings.Builder, rows []line, x int, textAnchor string, top, middle float64) {
	centre := pictureWidth / 2
	out := 10 // from the node to its label, outwards
	if textAnchor == "end" {
		out = -10
	}
	for _, r := range rows {
		y := top + r.y
		if r.Relation == nil {
			fmt.Fprintf(b, `<text class="kind" x="%d" y="%.1f" text-anchor="%s">%s</text>`, x+out, y+5, textAnchor, esc(r.heading))
			continue
		}
		name := cmp.Or(r.Other.Name, r.Other.ID)
		fmt.Fprintf(b, `<path class="edge %s" d="M%d %.1fC%d %.1f %d %.1f %d %.1f"/>`, class(r.Type),
			centre, middle, (centre+x)/2, middle, (centre+x)/2, y, x, y)
		fmt.Fprintf(b, `<a href="/objects/%s"><title>%s: %s (%s)</title><circle class="node %s" cx="%d" cy="%.1f" r="5"/><text x="%d" y="%.1f" text-anchor="%s">%s</text></a>`,
			url.PathEscape(r.Other.ID), esc(heading(*r.Relation)), esc(name), esc(r.Other.Type), class(r.Other.Type),
			x, y, x+out, y+4, textAnchor, esc(shorten(name, labelLength)))
	}
}

// class makes a name of the field safe as a class.
func class(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r == '-' {
			return r
		}
		return -1
	}, name)
}

func esc(text string) string { return html.EscapeString(text) }

func shorten(text string, length int) string {
	runes := []rune(text)
	if len(runes) <= length {
		return text
	}
	return string(runes[:length-1]) + "…"
}
