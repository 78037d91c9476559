package web

import (
	"fmt"
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
	All   int    // of the group
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

// happened is what the reader may be told of what happened until a moment, the newest
// first.
func (p *pages) happened(r reading, ids []string, t time.Time) ([]happening, error) {
	events, err := p.Views.Chronicle.Events(r.who, ids[0], t)
	if err != nil {
		return nil, err
	}
	list := make([]happening, 0, len(events))
	for _, e := range events {
		list = append(list, happening{At: e.At, Group: groupOf(e.Kind), TLP: e.TLP, event: e, key: fmt.Sprintf("%020d", e.Seq) + e.About + e.By})
	}
	for _, one := range ids {
		list = append(list, p.callsTold(r, one, t)...)
		list = append(list, p.alertsTold(r, one)...)
	}
	list = append(list, p.casesTold(r, ids)...)
	list = slices.DeleteFunc(list, func(h happening) bool { return h.At.After(t) })
	slices.SortFunc(list, func(a, b happening) int { return strings.Compare(b.place(), a.place()) })
	return list, nil
}

// place orders lines, and a page begins after one: whatever came since, it is the same.
func (h happening) place() string {
	return strconv.FormatInt(h.At.UnixMicro(), 10) + "." + h.key
}

// story is one page of what happened.
func (p *pages) story(r reading, list []happening, here string) storyView {
	v := storyView{Here: here, Group: r.URL.Query().Get("kind"), Later: r.URL.Query().Has("before")}
	if !slices.Contains(storyGroups, v.Group) {
		v.Group = ""
	}
	if v.Group != "" {
		list = slices.DeleteFunc(slices.Clone(list), func(h happening) bool { return h.Group != v.Group })
	}
	begin := 0
	if before := r.URL.Query().Get("before"); before != "" {
		if begin = slices.IndexFunc(list, func(h happening) bool { return h.place() < before }); begin < 0 {
			begin = len(list)
		}
	}
	v.All, v.Lines = len(list), slices.Clone(list[begin:min(len(list), begin+maxStory)])
	if begin+maxStory < len(list) {
		v.Next = v.Lines[maxStory-1].place()
	}
	for i := range v.Lines {
		p.word(r, &v.Lines[i])
	}
	return v
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
		line := happening{At: c.Opened, Group: "call", Who: p.nameOf(string(c.By)), Href: "/calls/" + string(c.ID), Title: c.Title, TLP: c.Audience.TLP, key: string(c.ID)}
		line.Text = english.say("outbreak.event.call", c)
		list = append(list, line)
		replies, err := p.Views.Response.Replies(r.who, c.ID, t)
		if err != nil {
			continue // it was taken away meanwhile
		}
		for _, one := range replies {
			answer := line
			answer.At, answer.Who, answer.Text, answer.key = one.At, p.nameOf(string(one.Partner)), english.say("outbreak.event.answer", one), line.key+string(one.Partner)
			list = append(list, answer)
		}
		if !c.Closed.IsZero() {
			line.At, line.Text, line.key = c.Closed, english.say("outbreak.event.call-closed", c), line.key+"closed"
			list = append(list, line)
		}
	}
	return list
}

// alertsTold are the alerts about an outbreak.
func (p *pages) alertsTold(r reading, id string) (list []happening) {
	for _, a := range p.Views.Notices.AlertsOn(r.who, id) {
		line := happening{At: a.At, Group: "alert", Who: p.nameOf(string(a.By)), Href: "/alerts/" + string(a.ID), Title: a.Title, TLP: a.Audience.TLP, key: string(a.ID)}
		line.Text = english.say("outbreak.event.alert", a)
		list = append(list, line)
		if !a.Withdrawn.IsZero() {
			line.At, line.Text, line.key = a.Withdrawn, english.say("outbreak.event.alert-withdrawn", a), line.key+"withdrawn"
			list = append(list, line)
		}
	}
	return list
}

// casesTold are the cases about outbreaks, and what was published in them.
func (p *pages) casesTold(r reading, ids []string) (list []happening) {
	for _, c := range p.casesOn(r, ids) {
		line := happening{At: c.Opened, Group: "case", Who: p.nameOf(string(c.By)), Href: "/cases/" + string(c.ID), Title: c.Question, key: string(c.ID), Text: english.say("outbreak.event.case", nil)}
		list = append(list, line)
		for i, s := range c.Statements {
			line.At, line.Who, line.Text, line.key = s.At, p.nameOf(string(s.By)), english.say("outbreak.event.statement", nil), string(c.ID)+strconv.Itoa(i)
			list = append(list, line)
			if s.Published > 0 && s.Published <= len(c.History) {
				step := c.History[s.Published-1]
				line.At, line.Who, line.Text, line.key = step.At, p.nameOf(string(step.By)), english.say("outbreak.event.published", nil), line.key+"published"
				list = append(list, line)
			}
		}
	}
	return list
}

// casesOn are the cases about outbreaks that the reader may see.
func (p *pages) casesOn(r reading, ids []string) []attribution.Case {
	return slices.DeleteFunc(p.Views.Cases.List(r.who), func(c attribution.Case) bool { return !slices.Contains(ids, c.Outbreak) })
}
