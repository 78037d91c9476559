package web_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/uuid"
	"golang.org/x/net/html"

	"github.com/tocsin-project/tocsin/internal/access"
)

// hostileNames are names that an object of anybody's can have.
var hostileNames = map[string]string{
	"markup":    hostile,
	"direction": "invoice\u202egnp.exe \u2066turned\u200b\u2069",
	"long":      strings.Repeat("a name without an end ", 10<<10/22),
	"one word":  strings.Repeat("W", 10<<10),
	"lines":     "one\r\ntwo\n\n<b>three</b>\tfour\x00five",
}

// Whatever the objects are called, the picture of their relations is well-formed, is of
// links within the hub, and shows nothing that turns or hides what stands beside it.
func TestTheGraphOfHostileNames(t *testing.T) {
	for kind, name := range hostileNames {
		s := newSite(t)
		p, green := s.partner("Water works", "water", "NZ"), access.ToCommunity(access.Green)
		ids := make([]string, 6)
		for i := range ids {
			ids[i] = "malware--" + uuid.NewString()
			s.contribute(p.ID, green, malware(ids[i], name, ""))
		}
		for i, far := range ids[1:] { // three beside it, two beyond the first of them
			near := ids[0]
			if i > 2 {
				near = ids[1]
			}
			s.contribute(p.ID, green, relationship("relationship--"+uuid.NewString(), "uses", near, far))
		}
		for _, path := range []string{"/graph", "/graph?hops=1", "/graph?type=malware", "/graph?type=" + url.QueryEscape(beginning(name, 40)), ""} {
			path = "/objects/" + ids[0] + path
			body := s.page(path)
			if problem := problemOf(t, body); problem != "" {
				t.Errorf("%s GET %s: %s", kind, path, problem)
			}
			_, drawn, _ := strings.Cut(body, `<svg class="relations"`)
			drawn, _, found := strings.Cut(drawn, "</svg>")
			if strings.Contains(path, url.QueryEscape(beginning(name, 40))) {
				continue // of a type that nothing has
			}
			if cards := strings.Count(drawn, `<g class="card malware`); !found || cards < 4 || !strings.HasSuffix(path, "hops=1") && strings.Contains(path, "/graph") && cards != 6 {
				t.Errorf("%s GET %s: %d cards", kind, path, cards)
			}
			if problem := pictureProblem(`<svg class="relations"` + drawn + "</svg>"); problem != "" {
				t.Errorf("%s GET %s: %s", kind, path, problem)
			}
		}
	}
}

// pictureProblem says what is wrong with a picture of relations.
func pictureProblem(svg string) string {
	if len(svg) > 24<<10 {
		return fmt.Sprintf("the picture has %d bytes", len(svg))
	}
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return ""
		}
		if err != nil {
			return err.Error()
		}
		e, is := token.(xml.StartElement)
		if !is {
			continue
		}
		if !strings.Contains(" svg g a path rect circle text title ", " "+e.Name.Local+" ") {
			return "the picture has an element " + e.Name.Local
		}
		for _, a := range e.Attr {
			if a.Name.Local == "href" && !strings.HasPrefix(a.Value, "/objects/") && !strings.HasPrefix(a.Value, "#") {
				return "the picture leads to " + a.Value
			}
		}
	}
}

// problemOf says what is wrong with a page that shows names of anybody's: markup of
// theirs, what cannot be seen, or more than a bad line can carry. The text of the STIX
// object itself, and what the reader typed, stay as they are.
func problemOf(t *testing.T, body string) string {
	t.Helper()
	if list := foreign(t, body); len(list) > 0 {
		return list[0]
	}
	if len(body) > 150<<10 {
		return fmt.Sprintf("the page has %d bytes", len(body))
	}
	body = regexp.MustCompile(`(?s)<pre.*?</pre>|<input[^>]*>`).ReplaceAllString(body, "")
	if i := strings.IndexFunc(html.UnescapeString(body), func(r rune) bool {
		return unicode.In(r, unicode.Cf) || unicode.IsControl(r) && r != '\n' && r != '\t'
	}); i >= 0 {
		text := html.UnescapeString(body)
		return fmt.Sprintf("what cannot be seen is in %q", text[max(0, i-80):min(len(text), i+40)])
	}
	return ""
}

// The search says what its matches have in common, and each of that narrows it, is
// named as chosen, and can be taken back; counts are of what this reader may see.
func TestFacetsNarrowASearch(t *testing.T) {
	s := newSite(t)
	water, energy := s.partner("Water works", "water", "NZ"), s.partner("Power grid", "energy", "FR")
	green := access.ToCommunity(access.Green)
	for i := range 3 {
		s.contribute(water.ID, green, malware("malware--"+uuid.NewString(), fmt.Sprint("Nightworm ", i), ""))
	}
	s.contribute(energy.ID, green, strings.Replace(malware("tool--"+uuid.NewString(), "Nightworm builder", ""), `"type":"malware"`, `"type":"tool"`, 1))
	s.contribute(energy.ID, access.ToCommunity(access.Amber), malware("malware--"+uuid.NewString(), "Nightworm secret", ""))
	_, secret := s.token(water.ID, access.Viewer)
	for reader, want := range map[string]struct {
		cookies []*http.Cookie
		counts  string
	}{"guest": {nil, "Type: malware 3, tool 1; Marking: TLP:GREEN 4; Shared by: Water works 3, Power grid 1"},
		"partner": {[]*http.Cookie{s.signIn(secret)}, "Type: malware 4, tool 1; Marking: TLP:GREEN 4, TLP:AMBER 1; Shared by: Water works 3, Power grid 2"}} {
		if got := facetsOf(t, s.page("/search?q=nightworm", want.cookies...)); !strings.HasPrefix(got, want.counts) {
			t.Errorf("%s: %s, want %s", reader, got, want.counts)
		}
	}
	if page := s.page("/search?q=nightworm"); strings.Contains(page, "secret") {
		t.Error("a guest finds what is amber")
	}
	for path, want := range map[string]int{
		"&type=tool": 1, "&type=malware": 3, "&by=" + string(water.ID): 3, "&by=" + string(energy.ID) + "&type=malware": 0,
		"&tlp=green": 4, "&tlp=red": 0, "&since=week": 4, "&seen=yes": 0, "&type=nothing": 0, "&since=nothing": 4, "&after=nothing": 4,
	} {
		page := s.page("/search?q=nightworm" + path)
		if got := strings.Count(page, `<a href="/objects/`); got != want {
			t.Errorf("%s: %d found, want %d", path, got, want)
		}
		if want == 0 && !strings.Contains(page, "Take a choice back") {
			t.Errorf("%s: the page does not say what to do", path)
		}
		if strings.Contains(path, "type=") && !strings.Contains(page, `class="chosen"`) {
			t.Errorf("%s: what was chosen cannot be taken back", path)
		}
	}
}

// facetsOf are the facets of a page, as "Name: value count, …; …".
func facetsOf(t *testing.T, body string) string {
	t.Helper()
	_, nav, _ := strings.Cut(body, `class="facets"`)
	nav, _, _ = strings.Cut(nav, "</nav>")
	var list []string
	for _, section := range strings.Split(nav, "<section>")[1:] {
		name := regexp.MustCompile(`<h2>(.*?)</h2>`).FindStringSubmatch(section)[1]
		var values []string
		for _, m := range regexp.MustCompile(`<bdi>(.*?)</bdi></a> <span class="count">(.*?)</span>`).FindAllStringSubmatch(section, -1) {
			values = append(values, m[1]+" "+m[2])
		}
		list = append(list, name+": "+strings.Join(values, ", "))
	}
	return strings.Join(list, "; ")
}

// What a hostile name or address puts into the facets is text, short, and can be seen.
func TestFacetsOfHostileNames(t *testing.T) {
	s := newSite(t)
	p := s.partner(hostile, "water", "NZ")
	for _, name := range hostileNames {
		s.contribute(p.ID, access.ToCommunity(access.Green), malware("malware--"+uuid.NewString(), name, ""))
	}
	paths := []string{"/search", "/search?by=" + url.QueryEscape(string(p.ID))}
	for _, name := range hostileNames {
		for _, field := range []string{"q", "type", "tlp", "by", "kind", "since", "seen"} {
			paths = append(paths, "/search?"+field+"="+url.QueryEscape(beginning(name, 2000)))
		}
	}
	for _, path := range paths {
		body := s.page(path)
		if problem := problemOf(t, body); problem != "" {
			t.Errorf("GET %.80s: %s", path, problem)
		}
	}
	if got := strings.Count(s.page(paths[1]), `<a href="/objects/`); got != len(hostileNames) {
		t.Errorf("%d of %d objects are found by who shared them", got, len(hostileNames))
	}
	if problemOf(t, "<p>a\u202eb") == "" || problemOf(t, "<p>"+hostile) == "" || pictureProblem("<svg><script/></svg>") == "" || pictureProblem(`<svg><a href="//x.example"/></svg>`) == "" {
		t.Error("the checks do not see what they are for")
	}
}

// beginning is so many bytes of a name, or all of it.
func beginning(name string, most int) string { return name[:min(len(name), most)] }
