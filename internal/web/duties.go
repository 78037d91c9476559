package web

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/duty"
)

// dutyRoom is what law demands to be reported, and playbooks.
var dutyRoom = room{map[string]sheet{
	"duties": {dutiesView{}, true}, "duty": {dutyPage{}, true}, "duty-stage": {stagePage{}, true},
	"playbooks": {playbooksView{}, false}, "playbook": {playbookView{}, true},
}, func(p *pages, mux *router) {
	p.both(mux, "/duties", p.duties, p.openDuty)
	p.both(mux, "/duties/{id}", p.duty, p.changeDuty)
	p.both(mux, "/duties/{id}/{stage}", p.dutyStage, p.submitDuty)
	mux.HandleFunc("GET /duties/{id}/{stage}/text", p.dutyText)
	mux.HandleFunc("GET /playbooks", p.reader(p.playbooks))
	p.both(mux, "/playbooks/{id}", p.playbook, p.openPlaybook)
}}

// dutiesView is the incident reports that law demands, what is due first first.
type dutiesView struct {
	tried
	Done      string
	List      []dutyView
	More      int
	Partner   string // the reader's, if it may write for it
	Templates []duty.Template
	Outbreaks []outbreakChoice
}

// dutyView is a duty with the name of its partner, and how it stands.
type dutyView struct {
	duty.Duty
	By       string
	Incident string     // in words
	Marked   access.TLP // the incident's; empty if the reader may not see it
	Own      bool
	Left     string // of the time until the next deadline, in words
}

// dutyPage is one duty with its stages.
type dutyPage struct {
	tried
	Done string
	dutyView
	May  bool
	Now  time.Time
	Show []string // the names of those to whom it is shown
}

// stagePage is the form of one stage.
type stagePage struct {
	tried
	Done string
	duty.Form
	May     bool // the reader can submit it
	Waives  bool // and can say that it is not needed
	Left    string
	Numbers []int // of the submissions
}

const maxDuties = 100

var dutyDone = map[string]string{
	"opened":    english.say("duty.done.opened", nil),
	"submitted": english.say("duty.done.submitted", nil),
	"waived":    english.say("duty.done.waived", nil),
	"handled":   english.say("duty.done.handled", nil),
	"closed":    english.say("duty.done.closed", nil),
	"shared":    english.say("duty.done.shared", nil),
}

func (p *pages) duties(r reading) (content, error) {
	v := dutiesView{tried: r.tried, Done: said(r, dutyDone)}
	list := p.Views.Duties.List(r.who, p.Clock())
	slices.SortStableFunc(list, func(a, b duty.Duty) int {
		return cmp.Or(cmp.Compare(urgency(a), urgency(b)), a.NextDeadline.Compare(b.NextDeadline))
	})
	v.More = max(0, len(list)-maxDuties)
	for _, d := range list[:min(len(list), maxDuties)] {
		v.List = append(v.List, p.dutyView(r, d))
	}
	if r.may() {
		v.tried = r.tried.among("open")
		v.Partner, v.Templates, v.Outbreaks = p.nameOf(string(r.who.Partner)), p.Views.Duties.Templates(), p.outbreakChoices(r)
	}
	return content{"duties", english.say("duty.list", nil), "/duties", v}, nil
}

// urgency puts what has a deadline first, and what is closed last.
func urgency(d duty.Duty) int {
	switch {
	case !d.Closed.IsZero():
		return 2
	case d.Next == "":
		return 1
	}
	return 0
}

func (p *pages) dutyView(r reading, d duty.Duty) dutyView {
	v := dutyView{Duty: d, By: p.nameOf(string(d.Partner)), Own: d.Partner == r.who.Partner, Incident: d.Outbreak}
	if o, known := p.Views.Outbreak.Get(d.Outbreak); known && r.who.MaySee("", o.Audience()) {
		v.Incident, v.Marked = headline(o), o.Audience().TLP
	}
	if d.Next != "" {
		v.Left = left(d.NextDeadline.Sub(p.Clock()))
	}
	return v
}

// left says how much of a time is left, or since when it is over.
func left(d time.Duration) string {
	if d < 0 {
		return english.say("duty.late", lasted(-d))
	}
	return english.say("duty.left", lasted(d))
}

// NextName is the name of the stage that is due first.
func (v dutyView) NextName() string {
	for _, s := range v.Stages {
		if s.Key == v.Next {
			return s.Name
		}
	}
	return ""
}

func (p *pages) openDuty(r reading, act string) (string, error) {
	if act != "open" {
		return "", unknownAct(act)
	}
	aware, err := moment("aware_at", r.PostForm.Get("aware_at"))
	if err != nil {
		return "", err
	}
	if aware.IsZero() {
		return "", fmt.Errorf("%w: aware_at: say when you became aware of the incident: the deadlines count from then", access.ErrInvalid)
	}
	id, _, draft, err := p.Views.Duties.Open(r.who, duty.Request{
		Template: r.PostForm.Get("template"), Outbreak: r.PostForm.Get("outbreak"), Aware: aware, Authority: strings.TrimSpace(r.PostForm.Get("authority")),
	}, p.Clock())
	return "/duties/" + url.PathEscape(string(id)) + "?done=opened", p.append(r, draft, err)
}

func (p *pages) duty(r reading) (content, error) {
	d, err := p.Views.Duties.Get(r.who, duty.ID(r.PathValue("id")), p.Clock())
	if err != nil {
		return content{}, err
	}
	v := dutyPage{tried: r.tried, Done: said(r, dutyDone), dutyView: p.dutyView(r, d), Now: p.Clock(), Show: p.namesOf(d.With)}
	v.May = v.Own && r.may() && d.Closed.IsZero()
	if v.May {
		v.tried = r.tried.among("share", "handled", "close")
	}
	return content{"duty", d.Name, "/duties", v}, nil
}

func (p *pages) changeDuty(r reading, act string) (string, error) {
	id := duty.ID(r.PathValue("id"))
	here := "/duties/" + url.PathEscape(string(id)) + "?done="
	switch act {
	case "handled":
		at, err := moment("at", r.PostForm.Get("at"))
		if err != nil {
			return "", err
		}
		draft, err := p.Views.Duties.Handle(r.who, duty.Handled{Duty: id, At: at}, p.Clock())
		return here + "handled", p.append(r, draft, err)
	case "close":
		draft, err := p.Views.Duties.Close(r.who, duty.Closing{Duty: id, Reason: words(r, "reason")}, p.Clock())
		return here + "closed", p.append(r, draft, err)
	case "share":
		with, err := p.partnersNamed(r, "with")
		if err != nil {
			return "", err
		}
		if err := p.Views.Access.CheckAudience(r.who, access.Audience{TLP: access.Red, Recipients: with}); err != nil {
			return "", err
		}
		draft, err := p.Views.Duties.Share(r.who, duty.Sharing{Duty: id, With: with}, p.Clock())
		return here + "shared", p.append(r, draft, err)
	}
	return "", unknownAct(act)
}
