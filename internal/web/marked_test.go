package web_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// told matches the address of something that somebody told the hub, and that so has a
// marking. Not among them, since they have none: partners and communities (who takes
// part is no contribution), playbooks and CVEs (they come with the hub and the world),
// the reader's own contributions (whose objects may have several; the list says when
// and how many), and the forms that begin something ("new").
var told = regexp.MustCompile(`^/(?:(?:objects|outbreaks|actions|calls|cases|alerts|impact)/[^/?]+|protections/why\?)`)

// unmarked are the links that say nothing of what they lead to, by their words, and
// what stands for another place that has the markings.
var unmarked = map[string]string{
	"one outbreak":           "above a list that is only of one outbreak; what it is called is not said",
	"What it is about":       "from a notice; what it is called is not said",
	"The story of the value": "back from a question about it",
	"svg.matrix":             "a picture takes no marking; the list above it has those of the same values",
}

// Whatever is named bears its marking: each link within main to something told stands
// in an element of a list, a row, a paragraph or another block that has the marking
// itself, or in a section (or the page, for what stands in no section) whose head has
// it. What the page itself is about has its marking at the page's head.
func TestEverythingBearsItsMarking(t *testing.T) {
	looked := 0
	for _, p := range everybody(t) {
		for n := range p.root.Descendants() {
			if n.Type != html.ElementNode || n.Data != "a" || within(n, "main") == nil {
				continue
			}
			to := attribute(n, "href")
			if !told.MatchString(to) || regexp.MustCompile(`^/[a-z]+/new\b`).MatchString(to) {
				continue
			}
			looked++
			picture := within(n, "svg")
			if unmarked[nameOf(n)] != "" || picture != nil && unmarked["svg."+attribute(picture, "class")] != "" {
				continue
			}
			if !marked(p.path, n) {
				t.Errorf("%s: no marking at the link to %s, %q, in %s", p, to, nameOf(n), standing(n))
			}
		}
	}
	if looked < 200 {
		t.Errorf("only %d links to things that have a marking: this test looks at little", looked)
	}
}

func TestWhatBearsNoMarkingIsSeen(t *testing.T) {
	const mark = `<span class="tlp">TLP:GREEN</span>`
	for body, want := range map[string]bool{
		`<ul><li><a href="/objects/x--1">x</a></li><li>` + mark + `</li></ul>`:                                  false,
		`<ul><li><a href="/objects/x--1">x</a> ` + mark + `</li></ul>`:                                          true,
		`<h1>x ` + mark + `</h1><section><h2>y</h2><a href="/objects/x--1">x</a></section>`:                     false,
		`<h1>x ` + mark + `</h1><section><h2>y ` + mark + `</h2><p><a href="/objects/x--1">x</a></p></section>`: true,
		`<section><h2>y</h2><p>` + mark + `</p><p><a href="/objects/x--1">x</a></p></section>`:                  false,
		`<h1>x ` + mark + `</h1><section><a href="/cases/own--1/proofs">x</a></section>`:                        true,
	} {
		root, err := html.Parse(strings.NewReader("<main>" + body + "</main>"))
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			if n.Type == html.ElementNode && n.Data == "a" && marked("/cases/own--1", n) != want {
				t.Errorf("marked: %t, want %t, in %s", !want, want, body)
			}
		}
	}
}

func marked(path string, link *html.Node) bool {
	own := subject(path) != "" && subject(path) == subject(attribute(link, "href"))
	for n := link.Parent; n != nil; n = n.Parent {
		switch n.Data {
		case "section", "main":
			if n.Data == "main" || !own {
				return headed(n)
			}
		case "ul", "ol", "tbody", "thead":
		default:
			if bears(n, "li", "tr", "article", "section") {
				return true
			}
		}
	}
	return false
}

// subject is the thing that an address is about: its kind and id.
func subject(path string) string {
	path, query, _ := strings.Cut(path, "?")
	if strings.HasPrefix(path, "/protections/") {
		return query
	}
	parts := strings.SplitN(path, "/", 4)
	if len(parts) < 3 {
		return ""
	}
	return parts[1] + "/" + parts[2]
}

// headed says whether the head of a section or a page has a marking: its headings, and
// what stands with them.
func headed(n *html.Node) bool {
	for c := range n.ChildNodes() {
		if c.Type != html.ElementNode {
			continue
		}
		switch class := attribute(c, "class"); {
		case strings.HasPrefix(class, "tlp"):
			return true
		case c.Data[0] == 'h' && len(c.Data) == 2, c.Data == "header", c.Data == "hgroup", strings.Contains(class, "eyebrow"), attribute(c, "id") == "head":
			if bears(c) {
				return true
			}
		}
	}
	return false
}

// bears says whether an element has a marking that is not of an element within it.
func bears(n *html.Node, but ...string) bool {
	for c := range n.ChildNodes() {
		if c.Type != html.ElementNode {
			continue
		}
		if strings.HasPrefix(attribute(c, "class"), "tlp") {
			return true
		}
		if !slices.Contains(but, c.Data) && bears(c, but...) {
			return true
		}
	}
	return false
}

// standing says where an element stands.
func standing(n *html.Node) string {
	var parts []string
	for n = n.Parent; n != nil && n.Data != "body"; n = n.Parent {
		parts = append(parts, n.Data+"#"+attribute(n, "id")+"."+attribute(n, "class"))
	}
	return strings.Join(parts, " < ")
}
