package web_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/net/html"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// seen is a page as somebody sees it.
type seen struct {
	reader, path string
	root         *html.Node
}

func (p seen) String() string { return p.reader + " GET " + p.path }

// everybody is what readers of each role see of a site with something in every list:
// the pages without an id, and from there two of each kind that they link to.
func everybody(t *testing.T) (pages []seen) {
	c := newCrowd(t)
	c.fill(t)
	readers := []struct {
		name    string
		cookies []*http.Cookie
	}{{"guest", nil}, {"viewer", []*http.Cookie{c.viewer}}, {"coordinator", []*http.Cookie{c.coordinator}}, {"administrator", []*http.Cookie{c.admin}}}
	for _, reader := range readers {
		todo := append(slices.Clone(everyPage), "/account", "/sign-in", "/enrol", "/nowhere")
		known, kinds := map[string]bool{}, map[string]int{}
		for len(todo) > 0 {
			path := todo[0]
			todo = todo[1:]
			if known[path] {
				continue
			}
			known[path] = true
			w := c.get(path, reader.cookies...)
			if w.Code == http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
				continue
			}
			root, err := html.Parse(strings.NewReader(w.Body.String()))
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, seen{reader.name, path, root})
			for n := range root.Descendants() {
				if n.Type != html.ElementNode || n.Data != "a" {
					continue
				}
				base, _ := url.Parse(path)
				to, err := base.Parse(attribute(n, "href"))
				if err != nil || to.Host != "" || strings.HasPrefix(to.Path, "/static/") {
					continue
				}
				to.Fragment = ""
				if kind := kindOf(to); !known[to.String()] && kinds[kind] < 2 {
					kinds[kind]++
					todo = append(todo, to.String())
				}
			}
		}
		for _, kind := range []string{"/objects/*", "/outbreaks/*", "/partners/*", "/actions/*", "/calls/*", "/cases/*", "/exposure/*"} {
			if reader.name == "coordinator" && kinds[kind] == 0 {
				t.Errorf("%s: no link leads to %s: this test looks at little", reader.name, kind)
			}
		}
	}
	return pages
}

var anID = regexp.MustCompile(`--|[0-9]|^default$`)

// kindOf is an address without what is particular to one thing.
func kindOf(u *url.URL) string {
	parts := strings.Split(u.Path, "/")
	for i, one := range parts {
		if anID.MatchString(one) {
			parts[i] = "*"
		}
	}
	kind := strings.Join(parts, "/")
	for _, key := range slices.Sorted(maps.Keys(u.Query())) {
		kind += "?" + key
	}
	return kind
}

// Each page says what it is, and what it has is labelled, for each role.
func TestPagesAreAccessible(t *testing.T) {
	for _, p := range everybody(t) {
		for _, complaint := range obstacles(p.root) {
			t.Errorf("%s: %s", p, complaint)
		}
		var body strings.Builder
		if err := html.Render(&body, p.root); err != nil {
			t.Fatal(err)
		}
		for _, complaint := range foreign(t, body.String()) {
			t.Errorf("%s: %s", p, complaint)
		}
	}
}

// What the check of the pages would see.
func TestObstaclesAreSeen(t *testing.T) {
	const frame = `<html lang="en"><title>x</title><body><header><nav aria-label="Pages"></nav></header><main><h1>x</h1>%s</main><footer></footer>`
	for _, one := range []string{
		`<h1>y</h1>`, `<h3>y</h3>`, `<input name="x">`, `<select></select>`, `<label for="x">y</label>`, `<textarea id="x"></textarea>`, `<a href="/"></a>`, `<button> </button>`,
		`<svg></svg>`, `<p id="x"></p><p id="x"></p>`, `<nav></nav>`, `<table><tr><th>x</th></tr></table>`, `<p tabindex="1">`, `<p aria-labelledby="y">`, `<img src="/x">`,
		`<fieldset></fieldset>`, `<main></main>`,
	} {
		root, err := html.Parse(strings.NewReader(fmt.Sprintf(frame, one)))
		if err != nil {
			t.Fatal(err)
		}
		if found := obstacles(root); len(found) == 0 {
			t.Errorf("nothing is said against %s", one)
		}
	}
	root, _ := html.Parse(strings.NewReader(fmt.Sprintf(frame, `<h2>y</h2><h3>z</h3><label>x <input></label><label for="a">b</label><select id="a"></select><svg aria-hidden="true"></svg>`)))
	if found := obstacles(root); len(found) > 0 {
		t.Errorf("against what is well: %q", found)
	}
	root, _ = html.Parse(strings.NewReader(`<p>x`))
	if found := obstacles(root); len(found) < 5 {
		t.Errorf("against what lacks all: %q", found)
	}
}

// obstacles lists what keeps somebody from using a page by ear or by keyboard.
func obstacles(root *html.Node) (found []string) {
	say := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	ids, labels, count, level := map[string]bool{}, map[string]bool{}, map[string]int{}, 0
	names := map[string]bool{} // of the navigations
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if id := attribute(n, "id"); id != "" {
			if ids[id] {
				say("two elements have the id %q", id)
			}
			ids[id] = true
		}
		if n.Data == "label" {
			labels[attribute(n, "for")] = true
		}
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if at := attribute(n, "tabindex"); at != "" && at != "0" && at != "-1" {
			say("<%s> has the tabindex %s", n.Data, at)
		}
		for _, key := range []string{"for", "aria-labelledby", "aria-describedby", "aria-controls", "headers", "list"} {
			for _, id := range strings.Fields(attribute(n, key)) {
				if !ids[id] {
					say("<%s %s=%q> names what is not there", n.Data, key, id)
				}
			}
		}
		if n.Parent.Data == "body" || n.Data == "main" {
			count[n.Data]++
		}
		named := attribute(n, "aria-label") != "" || attribute(n, "aria-labelledby") != ""
		switch n.Data {
		case "html":
			if attribute(n, "lang") == "" {
				say("no language")
			}
		case "title":
			if n.Parent.Data == "head" && nameOf(n) != "" {
				count["title"]++
			}
		case "h1", "h2", "h3", "h4", "h5", "h6":
			count[n.Data]++
			if at := int(n.Data[1] - '0'); at > level+1 {
				say("<%s> %q comes after a heading of level %d", n.Data, nameOf(n), level)
			}
			level = int(n.Data[1] - '0')
			if nameOf(n) == "" {
				say("<%s> without words", n.Data)
			}
		case "nav":
			if !named {
				say("a navigation without a name")
			}
			if name := attribute(n, "aria-label") + attribute(n, "aria-labelledby"); names[name] {
				say("two navigations have the name %q", name)
			} else {
				names[name] = true
			}
		case "input", "select", "textarea":
			if attribute(n, "type") != "hidden" && !named && !labels[attribute(n, "id")] && within(n, "label") == nil {
				say("<%s name=%q> has no label", n.Data, attribute(n, "name"))
			}
		case "a", "button", "summary":
			if !named && nameOf(n) == "" {
				say("<%s href=%q> has no name", n.Data, attribute(n, "href"))
			}
		case "svg":
			hidden := attribute(n, "aria-hidden") == "true"
			if title := child(n, "title"); !hidden && (attribute(n, "role") == "" || !named && (title == nil || nameOf(title) == "")) {
				say("a picture without role and words")
			}
		case "img":
			if !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "alt" }) {
				say("an image without an alternative")
			}
		case "fieldset":
			if child(n, "legend") == nil && !named {
				say("a group of fields without a name")
			}
		case "th":
			if attribute(n, "scope") == "" {
				say("the heading %q of a table without scope", nameOf(n))
			}
		case "table":
			if within(n, "main") != nil && child(n, "caption") == nil && !named && !regioned(n) {
				say("a table without a name")
			}
		}
	}
	for _, kind := range []string{"title", "h1", "main", "header", "footer"} {
		if count[kind] != 1 {
			say("%d of <%s>, want one", count[kind], kind)
		}
	}
	return found
}

// regioned says whether a table stands in what can be moved sideways, which has its name.
func regioned(n *html.Node) bool {
	return attribute(n.Parent, "role") == "region" && attribute(n.Parent, "aria-label")+attribute(n.Parent, "aria-labelledby") != ""
}

// within is the nearest element of a kind that holds n.
func within(n *html.Node, kind string) *html.Node {
	for n = n.Parent; n != nil && n.Data != kind; n = n.Parent {
	}
	return n
}

func child(n *html.Node, kind string) *html.Node {
	for c := range n.ChildNodes() {
		if c.Type == html.ElementNode && c.Data == kind {
			return c
		}
	}
	return nil
}

// words is what an element is called: its text, or that of its pictures.
func nameOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		} else {
			b.WriteString(attribute(c, "alt") + attribute(c, "aria-label"))
		}
	}
	return strings.TrimSpace(b.String())
}

// fill has something in every list.
func (c *crowd) fill(t *testing.T) {
	t.Helper()
	var ids []string
	for i, tlp := range []access.TLP{access.Clear, access.Green, access.Amber} {
		id := "malware--" + uuid.NewString()
		c.contribute(c.partners[i].ID, access.ToCommunity(tlp), malware(id, fmt.Sprint("Example ", i), `,"description":"What it is","aliases":["Other"]`))
		ids = append(ids, id)
	}
	for i := range ids {
		c.contribute(c.partners[1].ID, access.ToCommunity(access.Green), relationship("relationship--"+uuid.NewString(), "uses", ids[i], ids[(i+1)%len(ids)]))
	}
	c.protection("kill.example", protect.MustResolve, "it stops when this resolves")
	block := c.protection("198.51.100.7", protect.Block, "seen at two partners")
	c.drafted(c.views.Protect.Acknowledge(c.partners[2].ID, protect.Receipt{Protection: block.ID, Outlet: "firewall", InForce: true, At: c.clock()}, c.clock()))
	for i, kind := range []response.Kind{response.Patch, response.Isolate} {
		c.entry(response.KindOpened, c.partners[0].ID, access.ToCommunity(access.Green), response.Opening{ID: response.ActionID("action--" + uuid.NewString()), Kind: kind, Title: fmt.Sprint("Act ", i), Outbreak: c.outbreak, AskedOf: []string{string(c.partners[0].ID), "water"}})
	}
	c.does(c.coordinator, "/calls", "open", url.Values{"outbreak": {c.outbreak}, "title": {"Hands for hospitals"}, "sectors": {"water, healthcare"}, "tlp": {"green"}})
	c.does(c.coordinator, "/alerts/new", "issue", looked(t, c.send(c.coordinator, "/alerts/new", "preview", also(alertForm(), "sectors", "healthcare")).Body.String()))
	c.does(c.coordinator, "/duties", "open", url.Values{"template": {c.views.Duties.Templates()[0].ID}, "outbreak": {c.outbreak}, "aware_at": {c.clock().Add(-time.Hour).Format("2006-01-02T15:04")}, "authority": {"The authority"}})
	a, b := c.nation("Alpha"), c.nation("Beta")
	f := c.open(fmt.Sprintf("all of [%s, %s]", a.ID, b.ID), "", a, b)
	statement := f.propose(attribution.Finding, "It was the first group.")
	f.vote(a, statement, attribution.Endorse, "We are sure.")
	f.vote(b, statement, attribution.Endorse, "So are we.")
	f.publish(statement)
	if _, err := c.views.WaitSettled(t.Context()); err != nil {
		t.Fatal(err)
	}
}
