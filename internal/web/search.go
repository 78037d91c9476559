package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// knowledgeRoom is what is known: search, the objects, and what is related to them.
var knowledgeRoom = room{map[string]sheet{"search": {searchView{}, false}, "object": {objectView{}, false}, "graph": {graphView{}, false}}, func(p *pages, mux *router) {
	mux.HandleFunc("GET /search", p.reader(p.search))
	mux.HandleFunc("GET /objects/{id}", p.reader(p.object))
	mux.HandleFunc("GET /objects/{id}/graph", p.reader(p.graph))
}}

// searchView is what was found.
type searchView struct {
	Query   string
	Value   *valueSeen // what was asked for is a value
	Objects []foundObject
	Facets  []facetView
	Chosen  []filterLink // each leads to the search without it
	Matches int
	All     bool
	Next    string // leads to the next page; "": there is none
	First   bool   // it is the first page
	Start   string // leads to it
	Longer  string // leads to a look that takes its time
}

// foundObject is an object and who shared it.
type foundObject struct {
	catalog.Object
	By string
}

// facetView is a property, and what the matches have of it.
type facetView struct {
	Name  string
	Links []filterLink
}

const (
	maxFound  = 25 // objects of a page
	maxFacet  = 8  // values of a facet
	searching = "/search"
)

// narrowing are the fields of a search beside its words, in the order of the facets.
var narrowing = []string{"type", "tlp", "by", "kind", "since", "seen"}

// ages are how long ago something may have come, by the word of the address.
var ages = []struct {
	word, key string
	age       time.Duration
}{{"day", "knowledge.day", 24 * time.Hour}, {"week", "knowledge.week", 7 * 24 * time.Hour}, {"month", "knowledge.month", 30 * 24 * time.Hour}}

func (p *pages) search(r reading) (content, error) {
	query := r.URL.Query()
	v := searchView{Query: strings.TrimSpace(query.Get("q"))}
	narrow := catalog.Narrow{
		Type: query.Get("type"), TLP: access.TLP(query.Get("tlp")), Owner: access.PartnerID(query.Get("by")),
		Observed: query.Get("kind"), Sighted: query.Get("seen") == "yes",
	}
	for _, a := range ages {
		if a.word == query.Get("since") {
			narrow.Since = p.Clock().Add(-a.age)
		}
	}
	after, _ := numbered(query.Get("after")) // what is no number is the beginning
	v.First = after == 0
	if one, err := observable.Infer(v.Query); err == nil && v.First {
		seen, _, err := p.valueSeen(r, one)
		if err != nil {
			return content{}, err
		}
		v.Value = &seen
	}
	found, err := p.Views.Catalog.Find(r.Context(), r.who, v.Query, narrow, query.Get("look") == "longer", catalog.Place(after), maxFound)
	if err != nil {
		return content{}, err
	}
	for _, o := range found.Objects {
		v.Objects = append(v.Objects, foundObject{o, p.contributorOf(o.Owner)})
	}
	v.Matches, v.All = found.Matches, found.All
	if found.More {
		v.Next = changed(query, "after", strconv.FormatUint(uint64(found.Next), 10))
	}
	v.Start = changed(query, "after", "")
	v.Longer = changed(query, "look", "longer")
	v.Facets, v.Chosen = p.facets(query, found)
	title := english.say("knowledge.search", nil)
	if v.Query != "" {
		title = english.say("knowledge.found", shorten(v.Query, maxTitle))
	}
	return content{"search", title, searching, v}, nil
}

// contributorOf is the name of who shared something.
func (p *pages) contributorOf(id access.PartnerID) string {
	if id == access.Hub {
		return english.say("knowledge.hub", nil)
	}
	return p.nameOf(string(id))
}

// changed is the address of a search with a field set; without a value, without it.
// What it was narrowed to begins at its first page.
func changed(query url.Values, field, value string) string {
	q := url.Values{}
	for _, name := range slices.Concat([]string{"q"}, narrowing) {
		if text := query.Get(name); text != "" {
			q.Set(name, text)
		}
	}
	if q.Set(field, value); value == "" {
		q.Del(field)
	}
	return searching + "?" + q.Encode()
}

// facets are what the matches have in common, as links that narrow the search.
func (p *pages) facets(query url.Values, found catalog.Found) (list []facetView, chosen []filterLink) {
	seen := []catalog.Facet{{Value: "yes", N: found.Sighted}}
	var since []catalog.Facet
	for _, a := range ages {
		n := 0
		for _, at := range found.Added {
			if !at.Before(p.Clock().Add(-a.age)) {
				n++
			}
		}
		since = append(since, catalog.Facet{Value: a.word, N: n})
	}
	for i, values := range [][]catalog.Facet{found.Types, found.TLPs, found.Owners, found.Observed, since, seen} {
		field := narrowing[i]
		if picked := query.Get(field); picked != "" {
			chosen = append(chosen, filterLink{Name: p.valueName(field, picked), Href: changed(query, field, "")})
			continue
		}
		f := facetView{Name: english.say(facetNames[field], nil)}
		for _, value := range values[:min(len(values), maxFacet)] {
			if value.N > 0 {
				f.Links = append(f.Links, filterLink{Name: p.valueName(field, value.Value), N: value.N, Href: changed(query, field, value.Value)})
			}
		}
		if len(f.Links) > 0 {
			list = append(list, f)
		}
	}
	return list, chosen
}

// facetNames are the texts of the facets.
var facetNames = map[string]string{
	"type": "knowledge.by-type", "tlp": "knowledge.by-tlp", "by": "knowledge.by-partner", "kind": "knowledge.by-kind", "since": "knowledge.by-since", "seen": "knowledge.by-seen",
}

// valueName is a value of a facet in words.
func (p *pages) valueName(field, value string) string {
	switch field {
	case "tlp":
		return "TLP:" + strings.ToUpper(brief(shorten(value, maxWord)))
	case "by":
		return brief(cmp.Or(p.contributorOf(access.PartnerID(value)), value))
	case "seen":
		return english.say("knowledge.seen-yes", nil)
	case "since":
		for _, a := range ages {
			if a.word == value {
				return english.say(a.key, nil)
			}
		}
	}
	return plainly(value)
}
