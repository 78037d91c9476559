package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// outbreakRoom is the outbreaks, one by one and all.
var outbreakRoom = room{map[string]sheet{
	"outbreaks": {outbreaksView{}, false}, "outbreak": {outbreakView{}, false}, "outbreak-then": {thenView{}, true},
}, func(p *pages, mux *router) {
	p.both(mux, "/outbreaks", p.outbreaks, p.ring)
	p.both(mux, "/outbreaks/{id}", p.outbreak, p.endOutbreak)
	mux.HandleFunc("GET /outbreaks/{id}/report", p.report)
	for _, path := range []string{"", "/{id}", "/{id}/report"} {
		mux.HandleFunc("GET /incidents"+path, movedFrom)
	}
}}

// movedFrom sends on who comes by a path of before, when an outbreak's page was that
// of an incident: such links are in mails and tickets.
func movedFrom(w http.ResponseWriter, r *http.Request) {
	to := *r.URL
	to.Path, to.RawPath = "/outbreaks"+strings.TrimPrefix(to.Path, "/incidents"), ""
	http.Redirect(w, r, to.RequestURI(), http.StatusMovedPermanently)
}

// outbreaksView is the outbreaks that the reader may be told of, those in one state.
type outbreaksView struct {
	tried
	Done    string
	Which   string // "open", "ended", "false" or "merged"
	Counts  []whichLink
	List    []outbreakLine
	Next    string // after which the next page begins
	Later   bool   // this is not the first page
	MayRing bool
	Alone   bool // the reader's word rings alone
}

// whichLink leads to the outbreaks in one state.
type whichLink struct {
	Name, Path string
	N          int
	Current    bool
}

// outbreakLine is an outbreak in the list.
type outbreakLine struct {
	ringing
	By   string // who ended it
	Into string // the headline of the one that it goes on as, if the reader may be told
}

// maxOutbreaks is how many one page of the list shows.
const maxOutbreaks = 50

// whichOutbreaks are the states that the list can show, in the order of the links.
var whichOutbreaks = []string{"open", "ended", "false", "merged"}

var whichNames = map[string]string{"open": "outbreak.list.open", "ended": "outbreak.list.ended", "false": "outbreak.list.false", "merged": "outbreak.list.merged"}

func which(o outbreak.Outbreak) string {
	switch {
	case o.Status == outbreak.Merged:
		return "merged"
	case o.Status == outbreak.Ended && o.FalseAlarm:
		return "false"
	case o.Status == outbreak.Ended:
		return "ended"
	}
	return "open"
}

func (p *pages) outbreaks(r reading) (content, error) {
	query := r.URL.Query()
	v := outbreaksView{tried: r.tried.among("ring"), Done: said(r, outbreakDone), Which: query.Get("state"), Later: query.Has("after")}
	if !slices.Contains(whichOutbreaks, v.Which) {
		v.Which = "open"
	}
	list := slices.DeleteFunc(p.Views.Outbreak.List(), func(o outbreak.Outbreak) bool { return !r.who.MaySee("", o.Audience()) })
	slices.SortFunc(list, outbreak.Compare)
	in, headlines := map[string][]outbreak.Outbreak{}, map[string]string{}
	for _, o := range list {
		in[which(o)] = append(in[which(o)], o)
		headlines[o.ID] = headline(o)
	}
	for _, name := range whichOutbreaks {
		v.Counts = append(v.Counts, whichLink{english.say(whichNames[name], nil), "/outbreaks?state=" + name, len(in[name]), name == v.Which})
	}
	if v.Which != "open" {
		slices.SortStableFunc(in[v.Which], func(a, b outbreak.Outbreak) int { return b.Ended.Compare(a.Ended) })
	}
	page, left := sinceID(in[v.Which], query.Get("after"), maxOutbreaks, func(o *outbreak.Outbreak) string { return o.ID })
	for _, o := range page {
		line := outbreakLine{ringing: ringing{Outbreak: p.inSteps(o)}, Into: headlines[o.Into]}
		if o.By != "" {
			line.By = p.nameOf(o.By)
		}
		v.List = append(v.List, line)
	}
	if left > 0 {
		v.Next = "/outbreaks?state=" + v.Which + "&after=" + page[len(page)-1].ID
	}
	p.mayRing(r, &v)
	return content{"outbreaks", english.say("outbreak.list.title", nil), "/outbreaks", v}, nil
}
