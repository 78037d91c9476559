package web

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
)

// paletteRoom is the way to every page and thing by typing: a list that the script
// palette.js asks for at each letter, and the same as a page.
var paletteRoom = room{map[string]sheet{"palette": {paletteView{}, true}}, func(p *pages, mux *router) {
	typing := ratelimit.New(ratelimit.Config{Reads: ratelimit.Rate{PerSecond: 10, Burst: 60}})
	page := p.reader(p.palette)
	mux.HandleFunc("GET /palette", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Accept")
		if r.Header.Get("Accept") != "application/json" {
			page(w, r)
			return
		}
		p.typed(w, r, typing)
	})
}}

// paletteView is every page that the reader has, and every key.
type paletteView struct {
	Asked  string
	Offers []offerGroup // in groups
	Jumps  []spot       // pages with a letter
	Still  bool         // the reader turned single letters off
}

// offerGroup is the offers of one group.
type offerGroup struct {
	Group  string
	Offers []offer
}

// offer is something that the palette leads to.
type offer struct {
	Group string     `json:"group"`
	Name  string     `json:"name"`
	Hint  string     `json:"hint,omitzero"` // what it is, beside the name
	TLP   access.TLP `json:"tlp,omitzero"`
	Key   string     `json:"key,omitzero"` // jumps there
	Path  string     `json:"path"`
}

const (
	maxOffers = 20
	maxTyped  = 500 // bytes
)

func (p *pages) palette(r reading) (content, error) {
	v := paletteView{Asked: r.URL.Query().Get("q"), Still: p.choice(r.Request, "keys") != ""}
	list := p.offers(r, "")
	if v.Asked != "" {
		list = p.offers(r, v.Asked)
	}
	for _, one := range list {
		if n := len(v.Offers); n == 0 || v.Offers[n-1].Group != one.Group {
			v.Offers = append(v.Offers, offerGroup{Group: one.Group})
		}
		last := &v.Offers[len(v.Offers)-1]
		last.Offers = append(last.Offers, one)
	}
	row, more := p.placesOf(r.who)
	for _, one := range append(row, more...) {
		if one.Key != "" {
			v.Jumps = append(v.Jumps, one)
		}
	}
	return content{"palette", english.say("frame.palette", nil), "/palette", v}, nil
}

// typed answers the script, under a rate of each reader's own.
func (p *pages) typed(w http.ResponseWriter, request *http.Request, typing *ratelimit.Limiter) {
	r := p.reading(request)
	if !r.reads {
		p.answer(w, http.StatusUnauthorized, nil)
		return
	}
	caller := r.who.By()
	if r.who.Guest {
		caller = ratelimit.Source(request.RemoteAddr).String()
	}
	if wait, ok := typing.Take(caller, ratelimit.Read); !ok {
		w.Header().Set("Retry-After", fmt.Sprint(int(wait/time.Second)+1))
		p.answer(w, http.StatusTooManyRequests, nil)
		return
	}
	list := p.offers(r, r.URL.Query().Get("q"))
	p.answer(w, http.StatusOK, map[string]any{"offers": list, "said": english.say("palette.found", len(list))})
}

// offers is what fits to what was typed, or without any words every page and act.
func (p *pages) offers(r reading, q string) []offer {
	q = strings.TrimSpace(strings.ToValidUTF8(q[:min(len(q), maxTyped)], ""))
	row, more := p.placesOf(r.who)
	var list []offer
	for _, one := range append(row, more...) {
		list = append(list, offer{Group: english.say("palette.pages", nil), Name: one.Name, Key: one.Key, Path: one.Path})
	}
	for _, one := range p.acts {
		if one.least == "" || r.who.AtLeast(one.least) {
			list = append(list, offer{Group: english.say("palette.acts", nil), Name: one.Name, Path: one.Path})
		}
	}
	if q == "" {
		return list
	}
	kept := list[:0]
	for _, one := range list {
		if fits(one.Name, q) {
			kept = append(kept, one)
		}
	}
	return p.things(r, q, kept)
}

// fits says whether a name has each word of what was typed, in small or capital letters.
func fits(name, q string) bool {
	name = strings.ToLower(name)
	for word := range strings.FieldsSeq(strings.ToLower(q)) {
		if !strings.Contains(name, word) {
			return false
		}
	}
	return true
}
