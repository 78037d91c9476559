// Package worldmap draws the world by country as SVG: which countries something
// is said of stand out by colour, outline and, if wanted, a hatch, and carry words
// and a link; the others are one quiet outline.
//
// # Where the outlines come from
//
// world.tsv is made of Natural Earth 5.1.2, which is in the public domain
// (https://www.naturalearthdata.com/about/terms-of-use/): its countries at
// 1:110,000,000, and of its countries at 1:50,000,000 the places of those that are
// too small for the former. Both were read from the TopoJSON of the repository
// cublya/world-atlas, commit 9ef13db2, files countries-110m.json and
// countries-50m.json, whose boundaries follow the members of the United Nations
// and whose ISO codes are whole but for France, Norway and Taiwan, known by their
// names. The map takes no side in what is disputed. Places that neither file has
// (overseas departments and islets) and that of Kosovo, whose XK is no code of
// ISO 3166-1 but widely used, were written by hand. Antarctica is left out.
//
// The projection is Natural Earth's (Šavrič, Jenny, Patterson, Petrovič, Hurni: A
// Polynomial Equation for the Natural Earth Projection, Cartography and Geographic
// Information Science 38, 2011), 2000 units wide. Boundaries were simplified arc
// by arc, so that neighbours keep theirs in common, by leaving out every point
// whose triangle with its neighbours has an area below 4 square units (Visvalingam,
// Whyatt: Line generalisation by repeated elimination of points, The Cartographic
// Journal 30, 1993); rings below 10 square units were left out unless a country
// has no larger one; places were rounded to whole units. Names are those of the
// tz database's iso3166.tab, in the public domain as well, a dozen of them put as
// people do.
//
// A line of the file is a country's code, its name, the place of its dot if it is
// too small to be seen, and the path of its outline, if it has one.
package worldmap

import (
	_ "embed"
	"fmt"
	"html"
	"html/template"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed world.tsv
var world string

// Country is what is said of one.
type Country struct {
	State string // its class in the style sheet
	Title string // what a pointer on it is told
	Link  string // where it leads; empty: nowhere
	Hatch bool   // its ground is the style sheet's `.worldmap pattern`, for who sees no colours
}

// Map is what is drawn.
type Map struct {
	Label     string             // all of it in words, for who cannot see it
	Countries map[string]Country // by ISO 3166-1 alpha-2 code, and XK; what is no country is not drawn
}

// longestTitle is how many characters a country's words have at most.
const longestTitle = 160

// SVG is the map, for html/template. A page has one: the hatch has an id. It has
// some 30 KB, and for each country with words what these need and 80 bytes.
func SVG(m Map) template.HTML {
	var b strings.Builder
	b.Grow(len(world) + 256*len(m.Countries))
	fmt.Fprintf(&b, `<svg class="worldmap" viewBox="132 -8 1880 884" role="img" aria-label="%s">`, html.EscapeString(m.Label))
	b.WriteString(`<defs><pattern id="worldmap-hatch" width="12" height="12" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="12" height="12"/><path d="M0 0V12"/></pattern></defs><path class="land" d="`)
	for _, s := range shapes() {
		if _, said := m.Countries[s.code]; !said {
			b.WriteString(s.path)
		}
	}
	b.WriteString(`"/>`)
	for _, hatched := range []bool{false, true} { // these lie on top, with the whole of their outline
		for _, s := range shapes() {
			if c, said := m.Countries[s.code]; said && c.Hatch == hatched {
				s.draw(&b, c)
			}
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) //nolint:gosec // this package's data, and texts that are escaped
}

func (s *shape) draw(b *strings.Builder, c Country) {
	if c.Link != "" {
		// By keyboard the list beside the map is shorter: it has the same links.
		fmt.Fprintf(b, `<a href="%s" tabindex="-1">`, html.EscapeString(c.Link))
	}
	hatch := ""
	if c.Hatch {
		hatch = ` fill="url(#worldmap-hatch)"`
	}
	fmt.Fprintf(b, `<g class="country %s"%s><title>%s</title>`, html.EscapeString(c.State), hatch, html.EscapeString(shortened(c.Title)))
	if s.path != "" {
		fmt.Fprintf(b, `<path d="%s"/>`, s.path)
	}
	if x, y, dotted := strings.Cut(s.dot, " "); dotted {
		fmt.Fprintf(b, `<circle cx="%s" cy="%s" r="12"/>`, x, y)
	}
	b.WriteString("</g>")
	if c.Link != "" {
		b.WriteString("</a>")
	}
}

// Name is a country's name in English; empty for what is no country's code.
func Name(code string) string {
	if s := byCode()[code]; s != nil {
		return s.name
	}
	return ""
}

// shape is a line of the file.
type shape struct{ code, name, dot, path string }

var shapes = sync.OnceValue(func() []shape {
	var list []shape
	for line := range strings.Lines(world) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		list = append(list, shape{f[0], f[1], f[2], f[3]})
	}
	return list
})

var byCode = sync.OnceValue(func() map[string]*shape {
	known := make(map[string]*shape, len(shapes()))
	for i := range shapes() {
		known[shapes()[i].code] = &shapes()[i]
	}
	return known
})

func shortened(title string) string {
	if utf8.RuneCountInString(title) <= longestTitle {
		return title
	}
	return string([]rune(title)[:longestTitle-1]) + "…"
}
