package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/chronicle"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// storyView is what happened to an outbreak, the newest first: one page of it.
type storyView struct {
	Here  string // the address of the page that it is on, of its moment
	Group string // of which only is shown; "": of all
	Lines []happening
	Next  string // the place at which the next page begins; "": there is none
	Later bool   // this is not the first page
}

// happening is one thing that happened.
type happening struct {
	At    time.Time
	Group string
	Who   string
	Text  string
	Href  string // of what it is about
	Title string
	TLP   access.TLP

	event chronicle.Event
	text  string // of those that the chronicle does not keep, the key of their text,
	view  any    // and what it is of
	by    string // whoever acted
	key   string // tells it from others of the same time
}

// maxStory is how many things one page of the story shows.
const maxStory = 40

// storyGroups are what can be looked at alone, in the order of the links.
var storyGroups = []string{"alarm", "report", "protection", "action", "call", "alert", "case"}

// groupNames are what they are called.
var groupNames = map[string]string{
	"": "outbreak.group.all", "alarm": "outbreak.group.alarm", "report": "outbreak.group.report", "protection": "outbreak.group.protection",
	"action": "outbreak.group.action", "call": "outbreak.group.call", "alert": "outbreak.group.alert", "case": "outbreak.group.case",
}

// Named is what the line is a kind of, in words.
func (h happening) Named() string { return english.say(groupNames[h.Group], nil) }

// Groups are the links by which one kind is shown alone.
func (v storyView) Groups() []storyLink {
	list := make([]storyLink, 0, len(storyGroups)+1)
	for _, name := range append([]string{""}, storyGroups...) {
		to := v.Here
		if name != "" {
			to += "&kind=" + name
		}
		list = append(list, storyLink{english.say(groupNames[name], nil), to, name == v.Group})
	}
	return list
}

// storyLink leads to one kind of things that happened.
type storyLink struct {
	Name, Path string
	Current    bool
}

// Further is the address of the next page.
func (v storyView) Further() string {
	to := v.Here + "&before=" + queried(v.Next)
	if v.Group != "" {
		to += "&kind=" + v.Group
	}
	return to
}

// story is one page of what happened to outbreaks, the first with those that had gone
// on as it, until a moment. No more is made of it than is shown.
func (p *pages) story(r reading, ids []string, t time.Time, here string) (storyView, error) {
	query := r.URL.Query()
	v := storyView{Here: here, Group: query.Get("kind"), Later: query.Has("before")}
	if !slices.Contains(storyGroups, v.Group) {
		v.Group = ""
	}
	part := chronicle.Part{Until: t, Limit: maxStory + 1}
	if v.Group != "" {
		part.Kinds = func(k ledger.Kind) bool { return groupOf(k) == v.Group }
	}
	if at, key, ok := strings.Cut(query.Get("before"), "."); ok {
		part.Before, _ = strconv.ParseInt(at, 10, 64)
		part.Key = key
	}
	events, err := p.Views.Chronicle.Events(r.who, ids[0], part)
	if err != nil {
		return v, err
	}
	v.Lines = slices.DeleteFunc(p.beside(r, ids, t), func(h happening) bool {
		return h.At.After(t) || v.Group != "" && h.Group != v.Group || part.Before != 0 && !h.before(part)
	})
	for _, e := range events {
		v.Lines = append(v.Lines, happening{At: e.At, Group: groupOf(e.Kind), TLP: e.TLP, event: e, key: e.Key()})
	}
	slices.SortFunc(v.Lines, newest)
	if len(v.Lines) > maxStory {
		v.Lines = v.Lines[:maxStory]
		v.Next = v.Lines[maxStory-1].place()
	}
	for i := range v.Lines {
		p.word(r, &v.Lines[i])
	}
	return v, nil
}

// beside is what happened that the chronicle does not keep: calls, alerts and cases.
func (p *pages) beside(r reading, ids []string, t time.Time) (list []happening) {
	for _, one := range ids {
		list = append(list, p.callsTold(r, one, t)...)
		list = append(list, p.alertsTold(r, one)...)
	}
	return append(list, p.casesTold(r, ids)...)
}

// place is where a line stands, and a page begins after one: whatever came since, it
// is the same.
func (h happening) place() string {
	return strconv.FormatInt(h.At.UnixMicro(), 10) + "." + h.key
}

// before says whether a line stands after the place at which a page begins.
func (h happening) before(part chronicle.Part) bool {
	at := h.At.UnixMicro()
	return at < part.Before || at == part.Before && h.key < part.Key
}

// newest orders lines the newest first, those of one time by their keys.
func newest(a, b happening) int {
	return cmp.Or(cmp.Compare(b.At.UnixMicro(), a.At.UnixMicro()), cmp.Compare(b.key, a.key))
}

func groupOf(k ledger.Kind) string {
	switch k {
	case outbreak.KindRaised, outbreak.KindGrown, outbreak.KindMerged, outbreak.KindEnded, outbreak.KindWord:
		return "alarm"
	case chronicle.KindJoined:
		return "report"
	case protect.KindDecided:
		return "protection"
	}
	return "action"
}

// callsTold are the calls about an outbreak, and who answered what.
func (p *pages) callsTold(r reading, id string, t time.Time) (list []happening) {
	for _, c := range p.Views.Response.Calls(r.who, response.CallQuery{Outbreak: id}) {
		line := happening{At: c.Opened, Group: "call", by: string(c.By), Href: "/calls/" + string(c.ID), Title: c.Title, TLP: c.Audience.TLP, key: string(c.ID)}
		line.text, line.view = "outbreak.event.call", c
		list = append(list, line)
		replies, err := p.Views.Response.Replies(r.who, c.ID, t)
		if err != nil {
			continue // it was taken away meanwhile
		}
		for _, one := range replies {
			answer := line
			answer.At, answer.by, answer.text, answer.view, answer.key = one.At, string(one.Partner), "outbreak.event.answer", one, line.key+string(one.Partner)
			list = append(list, answer)
		}
		if !c.Closed.IsZero() {
			line.At, line.text, line.key = c.Closed, "outbreak.event.call-closed", line.key+"closed"
			list = append(list, line)
		}
	}
	return list
}

// alertsTold are the alerts about an outbreak.
func (p *pages) alertsTold(r reading, id string) (list []happening) {
	for _, a := range p.Views.Notices.AlertsOn(r.who, id) {
		line := happening{At: a.At, Group: "alert", by: string(a.By), Href: "/alerts/" + string(a.ID), Title: a.Title, TLP: a.Audience.TLP, key: string(a.ID)}
		line.text, line.view = "outbreak.event.alert", a
		list = append(list, line)
		if !a.Withdrawn.IsZero() {
			line.At, line.text, line.key = a.Withdrawn, "outbreak.event.alert-withdrawn", line.key+"withdrawn"
			list = append(list, line)
		}
	}
	return list
}

// casesTold are the cases about outbreaks, and what was published in them.
func (p *pages) casesTold(r reading, ids []string) (list []happening) {
	for _, c := range p.casesOn(r, ids) {
		line := happening{At: c.Opened, Group: "case", by: string(c.By), Href: "/cases/" + string(c.ID), Title: c.Question, TLP: c.TLP, key: string(c.ID), text: "outbreak.event.case"}
		list = append(list, line)
		for _, s := range p.Views.Cases.Spoken(r.who, c.ID) {
			line.At, line.by, line.text, line.key = s.At, string(s.By), "outbreak.event.statement", string(c.ID)+strconv.Itoa(s.Statement)
			if s.Published {
				line.text, line.key = "outbreak.event.published", line.key+"published"
			}
			list = append(list, line)
		}
	}
	return list
}

// casesOn are the cases about outbreaks that the reader may see.
func (p *pages) casesOn(r reading, ids []string) []attribution.Brief {
	return slices.DeleteFunc(p.Views.Cases.Briefs(r.who), func(c attribution.Brief) bool { return !slices.Contains(ids, c.Outbreak) })
}
