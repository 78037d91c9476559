package web

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"net/url"
	"strings"

	"github.com/tocsin-project/tocsin/internal/catalog"
)

// The relation picture's measures, in its own units.
const (
	pictureWidth, pictureHeight = 860, 430
	ringX, ringY                = 290, 165
	maxDrawn                    = 24 // relations; the lists below have all
	labelLength                 = 22
)

// relationPicture draws an object in the middle and its neighbours around it,
// each a link; the most telling relations come first and are never cut.
func relationPicture(o catalog.Object, related []catalog.Relation) template.HTML {
	drawn := mostTelling(related)
	if len(drawn) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="graph" viewBox="0 0 %d %d" role="img" aria-label="%s and %d of its %d relations">`,
		pictureWidth, pictureHeight, esc(o.Name), len(drawn), len(related))
	cx, cy := float64(pictureWidth)/2, float64(pictureHeight)/2
	for i, r := range drawn {
		x, y := spoke(i, len(drawn), cx, cy)
		fmt.Fprintf(&b, `<line class="edge %s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class(r.Type), cx, cy, x, y)
	}
	for i, r := range drawn {
		x, y := spoke(i, len(drawn), cx, cy)
		anchor, dx := "start", 10.0
		if x < cx-1 {
			anchor, dx = "end", -10.0
		}
		fmt.Fprintf(&b, `<a href="/objects/%s"><title>%s: %s</title><circle class="node %s" cx="%.1f" cy="%.1f" r="6"/><text x="%.1f" y="%.1f" text-anchor="%s">%s</text></a>`,
			url.PathEscape(r.Other.ID), esc(r.Type), esc(r.Other.Name), class(r.Other.Type), x, y, x+dx, y+4, anchor, esc(shorten(r.Other.Name)))
	}
	fmt.Fprintf(&b, `<circle class="centre %s" cx="%.1f" cy="%.1f" r="11"/><text class="centre" x="%.1f" y="%.1f" text-anchor="middle">%s</text></svg>`,
		class(o.Type), cx, cy, cx, cy-18, esc(o.Name))
	return template.HTML(b.String()) //nolint:gosec // every text in it is escaped
}

// spoke is the place of neighbour i of n. Half a step off the vertical, so that
// no label stands above another.
func spoke(i, n int, cx, cy float64) (x, y float64) {
	angle := 2 * math.Pi * (float64(i) + 0.5) / float64(n)
	return cx + ringX*math.Sin(angle), cy - ringY*math.Cos(angle)
}

// mostTelling keeps attributions and who uses it before the long lists.
func mostTelling(related []catalog.Relation) []catalog.Relation {
	var first, rest []catalog.Relation
	for _, r := range related {
		if r.Other.Type == "intrusion-set" || r.Other.Type == "campaign" || r.Other.Type == "threat-actor" || r.Type == "attributed-to" {
			first = append(first, r)
		} else {
			rest = append(rest, r)
		}
	}
	all := append(first, rest...)
	return all[:min(len(all), maxDrawn)]
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

func shorten(text string) string {
	runes := []rune(text)
	if len(runes) <= labelLength {
		return text
	}
	return string(runes[:labelLength-1]) + "…"
}
