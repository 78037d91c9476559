package relations_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/picture/relations"
)

var options = relations.Options{
	Caption: func(drawn, of int) string { return fmt.Sprintf("%d of %d", drawn, of) },
	Kind:    func(kind string) string { return kind },
	More:    func(r relations.Rest) (string, string) { return fmt.Sprintf("and %d more %s", r.N, r.Kind), "/more" },
	Says:    func(from, label, to string) string { return from + " " + label + " " + to },
}

var (
	kinds  = rapid.SampledFrom([]string{"malware", "intrusion-set", "indicator", "attack-pattern", `"><script>`, ""})
	labels = rapid.SampledFrom([]string{"uses", "indicates", "mitigates", "attributed-to", "subtechnique-of", "<b>", strings.Repeat("long ", 50)})
)

// drawn is any graph, of few or of hundreds of nodes.
func drawn(t *rapid.T) relations.Graph {
	n := rapid.IntRange(0, 400).Draw(t, "nodes")
	node := func(i int) relations.Node {
		name := fmt.Sprint("Node ", i)
		if i%7 == 0 {
			name = rapid.String().Draw(t, "name")
		}
		return relations.Node{ID: fmt.Sprint(i), Name: name, Kind: kinds.Draw(t, "kind"), Href: fmt.Sprint("/objects/", i, "?a=1&b=\"")}
	}
	g := relations.Graph{Focus: node(0)}
	for i := range n {
		g.Nodes = append(g.Nodes, node(i+1))
		near := 0
		if i > 3 && rapid.Bool().Draw(t, "far") {
			near = rapid.IntRange(0, min(i, 12)).Draw(t, "near")
		}
		e := relations.Edge{From: fmt.Sprint(near), To: fmt.Sprint(i + 1), Label: labels.Draw(t, "label")}
		if rapid.Bool().Draw(t, "in") {
			e.From, e.To = e.To, e.From
		}
		g.Edges = append(g.Edges, e)
	}
	for range rapid.IntRange(0, 20).Draw(t, "more") {
		g.Edges = append(g.Edges, relations.Edge{From: fmt.Sprint(rapid.IntRange(0, n).Draw(t, "from")), To: fmt.Sprint(rapid.IntRange(0, n+2).Draw(t, "to")), Label: labels.Draw(t, "label")})
	}
	return g
}

type box struct{ left, top, right, bottom float64 }

func (b box) meets(c box) bool {
	return b.left < c.right && c.left < b.right && b.top < c.bottom && c.top < b.bottom
}

// Whatever there is to draw: no two cards or labels meet, all is within the picture,
// no more is drawn than there is room for, and what is not drawn is counted.
func TestNothingMeets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawn(t)
		p := relations.Lay(g, options)
		if len(p.Cards) > 60 {
			t.Fatalf("%d cards", len(p.Cards))
		}
		reached := map[string]bool{g.Focus.ID: true}
		for range 2 { // two steps
			next := map[string]bool{}
			for _, e := range g.Edges {
				next[e.To] = next[e.To] || reached[e.From]
				next[e.From] = next[e.From] || reached[e.To]
			}
			for _, n := range g.Nodes {
				reached[n.ID] = reached[n.ID] || next[n.ID]
			}
		}
		want := 0
		for id, there := range reached {
			if there && (id == g.Focus.ID || isNode(g, id)) {
				want++
			}
		}
		got := 0
		for _, c := range p.Cards {
			got += max(c.Rest, 1)
		}
		if got > want || len(p.Cards) < 58 && got != want && !cut(p) {
			t.Fatalf("the cards stand for %d of %d nodes", got, want)
		}
		svg := p.SVG()
		if again := relations.Lay(g, options).SVG(); again != svg {
			t.Fatal("the same graph is drawn in two ways")
		}
		apart(t, svg, p)
	})
}

func isNode(g relations.Graph, id string) bool {
	for _, n := range g.Nodes {
		if n.ID == id {
			return true
		}
	}
	return false
}

// cut says whether there are rests at the object itself that stand for several kinds.
func cut(p relations.Picture) bool {
	for _, c := range p.Cards {
		if c.Rest > 0 && c.Kind == "" {
			return true
		}
	}
	return false
}

// apart reads the SVG as a browser does and holds its boxes against each other.
func apart(t *rapid.T, svg string, p relations.Picture) {
	root, err := html.Parse(strings.NewReader(svg))
	if err != nil {
		t.Fatal(err)
	}
	var boxes []box
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "rect":
			if at(n, "class") == "" {
				b := box{left: number(t, n, "x"), top: number(t, n, "y")}
				b.right, b.bottom = b.left+number(t, n, "width"), b.top+number(t, n, "height")
				boxes = append(boxes, b)
			}
		case "text":
			if at(n, "class") == "label" { // at most as wide as the gap allows, 12 high
				x, y := number(t, n, "x"), number(t, n, "y")
				b := box{x - 88, y - 10, x, y + 2}
				if at(n, "text-anchor") == "start" {
					b.left, b.right = x, x+88
				}
				boxes = append(boxes, b)
			}
		case "script", "b":
			t.Fatalf("a name made an element: %s", n.Data)
		case "a":
			if href := at(n, "href"); !strings.HasPrefix(href, "/objects/") && href != "/more" {
				t.Fatalf("a link leads to %q", href)
			}
		}
	}
	for i, a := range boxes {
		if a.left < 0 || a.top < 0 || a.right > p.Width+0.1 || a.bottom > p.Height+0.1 {
			t.Fatalf("%v is outside of %.0f x %.0f", a, p.Width, p.Height)
		}
		for _, b := range boxes[i+1:] {
			if a.meets(b) {
				t.Fatalf("%v and %v meet", a, b)
			}
		}
	}
}

func at(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func number(t *rapid.T, n *html.Node, key string) (v float64) {
	if _, err := fmt.Sscanf(at(n, key), "%g", &v); err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	return v
}

// Who is behind it, and what they did besides, stands beside it; many indicators
// share a card.
func TestAKnownGraph(t *testing.T) {
	g := relations.Graph{Focus: relations.Node{ID: "w", Name: "WannaCry", Kind: "malware"}}
	add := func(id, name, kind string) {
		g.Nodes = append(g.Nodes, relations.Node{ID: id, Name: name, Kind: kind, Href: "/objects/" + id})
	}
	add("l", "Lazarus Group", "intrusion-set")
	add("t", "Data Encrypted for Impact", "attack-pattern")
	add("d", "Destover", "malware")
	g.Edges = []relations.Edge{{"l", "w", "uses"}, {"w", "t", "uses"}, {"l", "d", "uses"}, {"l", "t", "uses"}}
	for i := range 200 {
		id := fmt.Sprint("i", i)
		add(id, fmt.Sprint("h", i, ".example"), "indicator")
		g.Edges = append(g.Edges, relations.Edge{From: id, To: "w", Label: "indicates"})
	}
	p := relations.Lay(g, options)
	columns := map[string]int{}
	for _, c := range p.Cards {
		columns[c.Name] = c.Column
	}
	for name, want := range map[string]int{"WannaCry": 0, "Lazarus Group": -1, "Data Encrypted for Impact": 1, "Destover": -2, "h0.example": -1, "and 186 more indicator": -1} {
		if got, there := columns[name]; !there || got != want {
			t.Errorf("%s stands in column %d (%t), want %d", name, got, there, want)
		}
	}
	svg := p.SVG()
	for _, want := range []string{"<title>Lazarus Group (intrusion-set): Lazarus Group uses WannaCry</title>", `aria-label="17 of 203"`, "Lazarus Group uses Data Encrypted for Impact", `class="label"`} {
		if !strings.Contains(svg, want) {
			t.Errorf("there is no %s", want)
		}
	}
}

// What hides or turns letters does not show, and a long name ends before its card does.
func TestNamesStayInTheirCards(t *testing.T) {
	for _, name := range []string{"\u202egnp.exe", "a\u200bb", strings.Repeat("W", 10_000), strings.Repeat("漢", 1000), "zalgo\u0301\u0302\u0303"} {
		svg := relations.Lay(relations.Graph{Focus: relations.Node{ID: "1", Name: name}}, options).SVG()
		if strings.ContainsAny(svg, "\u202e\u200b\u0301") || len(svg) > 2000 {
			t.Errorf("%.20q: %d bytes: %.400q", name, len(svg), svg)
		}
	}
}

func BenchmarkLay(b *testing.B) {
	g := relations.Graph{Focus: relations.Node{ID: "0", Name: "Focus"}}
	for i := range 1000 {
		g.Nodes = append(g.Nodes, relations.Node{ID: fmt.Sprint(i + 1), Name: "A name of usual length", Kind: []string{"malware", "indicator", "tool"}[i%3]})
		g.Edges = append(g.Edges, relations.Edge{From: fmt.Sprint(i / 40), To: fmt.Sprint(i + 1), Label: "uses"})
	}
	for b.Loop() {
		_ = relations.Lay(g, options).SVG()
	}
}
