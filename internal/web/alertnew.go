package web

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// newAlertView is the form of an alert, and once that was looked over, what issuing it
// would do.
type newAlertView struct {
	tried
	May         bool
	Outbreaks   []outbreakChoice
	Communities []string
	Severities  []notice.Severity
	Replaces    notice.AlertID
	Subject     string
	Reach       int          // partners; 0: it was not looked over
	Of          int          // who take part
	Preview     notice.Alert // as it would be issued
	To          access.Audience
	Named       []string
	Outbreak    string // in words
	Carried     []carried
	Once        string // tells one look from another: each issues at most once
}

// carried is a field of the form as the look hands it on.
type carried struct{ Name, Value string }

var alertFields = []string{"title", "text", "severity", "outbreak", "subjects", "tlp", "community", "sectors", "countries", "kinds", "partners", "within", "replaces"}

func (p *pages) newAlert(r reading) (content, error) {
	if r.tried.act == "issue" || r.tried.act == "change" {
		r.tried.act = "preview" // back to the one form
	}
	v := newAlertView{tried: r.tried, May: r.coordinates(), Outbreaks: p.outbreakChoices(r), Communities: r.who.Communities, Severities: notice.Severities(), Replaces: notice.AlertID(r.URL.Query().Get("replaces")), Subject: r.URL.Query().Get("subject")}
	if v.May {
		v.tried = r.tried.among("preview")
	}
	return content{"alert-new", english.say("telling.alerts.issue", nil), "/alerts", v}, nil
}

// issueAlert looks an alert over, or issues the one that was looked over.
func (p *pages) issueAlert(r reading, act string) (string, error) {
	a, to, err := p.alertOf(r)
	if err != nil {
		return "", err
	}
	switch act {
	case "change":
		return "", nil
	case "preview":
		_, err := p.Views.Notices.Reach(r.who, a, to, p.Clock())
		return "", err
	case "issue":
		reach, err := p.Views.Notices.Reach(r.who, a, to, p.Clock())
		if err != nil {
			return "", err
		}
		if text := r.PostForm.Get("reach"); text != strconv.Itoa(reach) {
			return "", fmt.Errorf("%w: it would reach %s now, and not %.20s as when you looked: nothing was sent; look once more", access.ErrConflict, plural(reach, "partner"), text)
		}
		if !p.looks.take(r.who.By(), r.PostForm.Get("once")) {
			return "", fmt.Errorf("%w: it was issued already, or since you looked at it the hub was restarted or you looked at many others: see the list of alerts before you look once more", access.ErrConflict)
		}
		id, draft, err := p.Views.Notices.Issue(r.who, a, to, p.Clock())
		return "/alerts/" + string(id) + "?done=issued", p.append(r, draft, err)
	}
	return "", unknownAct(act)
}

// alertOf is the alert that a form says.
func (p *pages) alertOf(r reading) (a notice.Alert, to access.Audience, err error) {
	a = notice.Alert{
		Title: strings.TrimSpace(r.PostForm.Get("title")), Text: words(r, "text"), Severity: notice.Severity(r.PostForm.Get("severity")),
		Outbreak: r.PostForm.Get("outbreak"), Subjects: listed(r, "subjects"), Replaces: notice.AlertID(strings.TrimSpace(r.PostForm.Get("replaces"))),
		To: notice.To{Sectors: listed(r, "sectors"), Kinds: listed(r, "kinds")},
	}
	for _, country := range listed(r, "countries") {
		a.To.Countries = append(a.To.Countries, strings.ToUpper(country))
	}
	if a.To.Partners, err = p.partnersNamed(r, "partners"); err != nil {
		return a, to, err
	}
	if err := a.Within.UnmarshalText([]byte(strings.TrimSpace(r.PostForm.Get("within")))); err != nil {
		return a, to, fmt.Errorf("%w: within: write it like 30m or 1h: %w", access.ErrInvalid, err)
	}
	to = access.Audience{TLP: access.TLP(r.PostForm.Get("tlp")), Community: r.PostForm.Get("community")}
	if to.TLP == access.Red {
		to.Recipients = a.To.Partners
	}
	to, err = p.Views.AudienceFor(r.who, a.Outbreak, to)
	return a, to, err
}

// previewAlert is the page with what issuing the alert would do, which was just
// looked over.
func (p *pages) previewAlert(r reading) (content, error) {
	c, err := p.newAlert(r)
	if err != nil || r.tried.act != "preview" || r.tried.wrong != "" {
		return c, err
	}
	v := c.view.(newAlertView)
	if v.Preview, v.To, err = p.alertOf(r); err != nil {
		return c, err
	}
	if v.Reach, err = p.Views.Notices.Reach(r.who, v.Preview, v.To, p.Clock()); err != nil {
		return c, err
	}
	v.Of, v.Named, v.Once = len(p.Views.Access.Partners()), p.namesOf(v.Preview.To.Partners), p.looks.look(r.who.By())
	if o, known := p.Views.Outbreak.Get(v.Preview.Outbreak); known && r.who.MaySee("", o.Audience()) {
		v.Outbreak = headline(o)
	}
	for _, field := range alertFields {
		v.Carried = append(v.Carried, carried{field, r.PostForm.Get(field)})
	}
	c.view = v
	return c, nil
}
