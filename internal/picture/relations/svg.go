package relations

import (
	"fmt"
	"html"
	"strings"
)

// SVG is the picture. It has classes and no styles: "card", its kind, "focus",
// "rest", "line", "tree", "label", "name", "kind".
func (p Picture) SVG() string {
	var b strings.Builder
	drawn := 0
	for _, c := range p.Cards {
		if c.Rest == 0 {
			drawn++
		}
	}
	fmt.Fprintf(&b, `<svg class="relations" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="group" aria-label="%s">`,
		p.Width, p.Height, p.Width, p.Height, html.EscapeString(p.options.Caption(drawn-1, p.all-1)))
	for _, l := range p.lines {
		p.draw(&b, l)
	}
	for i := range p.Cards {
		p.write(&b, i)
	}
	b.WriteString("</svg>")
	return b.String()
}

// draw draws a line with its arrow: from the side of a card to that of another.
func (p Picture) draw(b *strings.Builder, l line) {
	from, to := p.Cards[l.from], p.Cards[l.to]
	x1, y1, x2, y2 := from.X+p.card, from.Y+cardHeight/2, to.X, to.Y+cardHeight/2
	in := 1.0 // the arrow's direction
	var path string
	switch {
	case from.Column == to.Column: // around, on the outer side
		side := 1.0
		if from.Column < 0 {
			side, x1 = -1, from.X
		} else {
			x2 = to.X + p.card
		}
		in = -side
		path = fmt.Sprintf("M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f", x1, y1, x1+side*gap/2, y1, x2+side*gap/2, y2, x2, y2)
	default:
		if from.Column > to.Column {
			x1, x2, in = from.X, to.X+p.card, -1
		}
		bend := max(gap, in*(x2-x1)) / 2
		path = fmt.Sprintf("M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f", x1, y1, x1+in*bend, y1, x2-in*bend, y2, x2, y2)
	}
	class := "line"
	if l.tree {
		class = "line tree"
	}
	fmt.Fprintf(b, `<g class="%s"><title>%s</title><path d="%s"/><path class="head" d="M%.1f %.1fl%.1f -4v8z"/></g>`,
		class, html.EscapeString(p.options.Says(clean(from.Name), clean(l.label), clean(to.Name))), path, x2, y2, -7*in)
}

// write writes a card, and beside it the name of the relation that leads to it.
func (p Picture) write(b *strings.Builder, i int) {
	c := p.Cards[i]
	name := clean(c.Name)
	class := "card " + word(c.Kind)
	switch {
	case c.Column == 0:
		class += " focus"
	case c.Rest > 0:
		class += " rest"
	}
	fmt.Fprintf(b, `<g class="%s">`, class)
	if c.Column != 0 {
		x, end := c.X-12, "end"
		if c.Column < 0 {
			x, end = c.X+p.card+12, "start"
		}
		if label := fit(clean(c.label), gap-24, labelSize); label != "" {
			fmt.Fprintf(b, `<text class="label" x="%.1f" y="%.1f" text-anchor="%s">%s</text>`, x, c.Y+cardHeight/2-5, end, html.EscapeString(label))
		}
	}
	kind := p.options.Kind(c.Kind)
	if c.Href != "" {
		fmt.Fprintf(b, `<a href="%s"><title>%s</title>`, html.EscapeString(c.Href), html.EscapeString(p.told(i, name, kind)))
	}
	fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.0f" rx="6"/>`, c.X, c.Y, p.card, cardHeight)
	if c.Rest > 0 {
		fmt.Fprintf(b, `<text class="name" x="%.1f" y="%.1f">%s</text>`, c.X+14, c.Y+25, html.EscapeString(fit(name, p.card-24, nameSize)))
	} else {
		b.WriteString(mark(c.Kind, c.X+17, c.Y+cardHeight/2))
		fmt.Fprintf(b, `<text class="name" x="%.1f" y="%.1f">%s</text><text class="kind" x="%.1f" y="%.1f">%s</text>`,
			c.X+34, c.Y+17, html.EscapeString(fit(name, p.card-44, nameSize)), c.X+34, c.Y+32, html.EscapeString(fit(kind, p.card-44, labelSize)))
	}
	if c.Href != "" {
		b.WriteString("</a>")
	}
	b.WriteString("</g>")
}

// told is what a pointer over a card shows, and a screen reader says.
func (p Picture) told(i int, name, kind string) string {
	c := p.Cards[i]
	if c.Rest > 0 {
		return name
	}
	if i == 0 {
		return name + " (" + kind + ")"
	}
	l := p.lines[i-1] // what it hangs from
	return name + " (" + kind + "): " + p.options.Says(clean(p.Cards[l.from].Name), clean(l.label), clean(p.Cards[l.to].Name))
}

// mark is a kind's shape, so that colour is not all that tells kinds apart.
func mark(kind string, x, y float64) string {
	switch kind {
	case "intrusion-set", "threat-actor", "campaign", "identity":
		return fmt.Sprintf(`<path class="mark" d="M%.1f %.1fl7 7l-7 7l-7 -7z"/>`, x, y-7)
	case "malware", "tool":
		return fmt.Sprintf(`<circle class="mark" cx="%.1f" cy="%.1f" r="6"/>`, x, y)
	case "indicator", "observed-data":
		return fmt.Sprintf(`<rect class="mark" x="%.1f" y="%.1f" width="11" height="11"/>`, x-5.5, y-5.5)
	}
	return fmt.Sprintf(`<path class="mark" d="M%.1f %.1fl7 12h-14z"/>`, x, y-7)
}
