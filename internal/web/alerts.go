package web

import (
	"net/url"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// tellingRoom is who is told what, and how.
var tellingRoom = room{map[string]sheet{
	"alerts": {alertsView{}, false}, "alert": {alertPage{}, true}, "alert-new": {newAlertView{}, true},
	"notices": {noticesView{}, false}, "notice": {noticePage{}, true}, "channels": {channelsView{}, true},
}, func(p *pages, mux *router) {
	mux.HandleFunc("GET /alerts", p.reader(p.alerts))
	p.both(mux, "/alerts/new", p.previewAlert, p.issueAlert)
	p.both(mux, "/alerts/{id}", p.alert, p.answerAlert)
	p.both(mux, "/notices", p.notices, p.readNotices)
	p.both(mux, "/notices/{id}", p.notice, p.readNotices)
	mux.HandleFunc("GET /channels", p.reader(func(r reading) (content, error) { return p.channels(r, notice.Channel{}) }))
	mux.HandleFunc("POST /channels", p.changeChannels)
}}

// alertsView is what coordinators told partners.
type alertsView struct {
	List   []alertView
	More   int
	Next   string // after which the next page begins
	Issues bool   // the reader can issue one
}

// alertView is an alert with the names of those in it.
type alertView struct {
	notice.AlertStatus
	Name        string // of who issued it
	Silent      []named
	SilentMore  int
	Answered    []answeredView
	AnsweredAll int
	About       string // where its outbreak is shown
	Unit        string // what is counted: partners, or organisations
}

// answeredView is a partner's acknowledgement.
type answeredView struct {
	notice.Answer
	Name  string
	After string
}

// alertPage is one alert, where it is acknowledged or taken back.
type alertPage struct {
	tried
	Done string
	alertView
	May   bool // the reader can acknowledge it for its partner
	Takes bool // the reader can withdraw or correct it
}

const (
	maxAlerts   = 50
	maxAnswered = 300
)

var alertDone = map[string]string{
	"issued":       english.say("telling.done.alert.issued", nil),
	"acknowledged": english.say("telling.done.alert.acknowledged", nil),
	"withdrawn":    english.say("telling.done.alert.withdrawn", nil),
}

func (p *pages) alerts(r reading) (content, error) {
	list, more := sinceID(p.Views.Notices.Alerts(r.who), r.URL.Query().Get("after"), maxAlerts, func(a *notice.AlertStatus) string { return string(a.ID) })
	v := alertsView{More: more, Issues: r.coordinates()}
	for _, one := range list {
		v.List = append(v.List, p.alertView(r, one, 0))
	}
	if more > 0 {
		v.Next = string(list[len(list)-1].ID)
	}
	return content{"alerts", english.say("telling.alerts", nil), "/alerts", v}, nil
}

// alertView names at most so many of each who answered and who did not.
func (p *pages) alertView(r reading, a notice.AlertStatus, names int) alertView {
	v := alertView{AlertStatus: a, Name: p.nameOf(string(a.By)), AnsweredAll: len(a.Answers), About: subjectLink(a.Outbreak), Unit: "organisation"}
	if r.who.AtLeast(access.Coordinator) || r.who.Partner != "" && r.who.Partner == a.By {
		v.Unit = "partner"
	}
	v.SilentMore = max(0, len(a.Waiting)-names)
	v.Silent = p.named(a.Waiting[:min(len(a.Waiting), names)])
	for _, one := range a.Answers[:min(len(a.Answers), names)] {
		v.Answered = append(v.Answered, answeredView{one, p.nameOf(string(one.Partner)), lasted(time.Duration(one.AfterS * float64(time.Second)))})
	}
	return v
}

// AnsweredMore is how many acknowledgements are not named.
func (v alertView) AnsweredMore() int { return v.AnsweredAll - len(v.Answered) }

func (p *pages) alert(r reading) (content, error) {
	a, err := p.Views.Notices.AlertOf(r.who, notice.AlertID(r.PathValue("id")))
	if err != nil {
		return content{}, err
	}
	v := alertPage{tried: r.tried, Done: said(r, alertDone), alertView: p.alertView(r, a, maxAnswered)}
	open := a.Withdrawn.IsZero()
	v.May = open && a.ForYou && a.Your == nil && r.may()
	v.Takes = open && r.coordinates() && (r.who.Actor() == string(a.By) || r.who.AtLeast(access.Administrator))
	var acts []string
	if v.May {
		acts = append(acts, "acknowledge")
	}
	if v.Takes {
		acts = append(acts, "withdraw")
	}
	v.tried = r.tried.among(acts...)
	return content{"alert", "Alert", "/alerts", v}, nil
}

func (p *pages) answerAlert(r reading, act string) (string, error) {
	id := notice.AlertID(r.PathValue("id"))
	here := "/alerts/" + url.PathEscape(string(id)) + "?done="
	switch act {
	case "acknowledge":
		draft, err := p.Views.Notices.AcknowledgeAlert(r.who, notice.Acknowledgement{Alert: id, Words: words(r, "words")})
		return here + "acknowledged", p.append(r, draft, err)
	case "withdraw":
		draft, err := p.Views.Notices.Withdraw(r.who, notice.Withdrawal{Alert: id, Reason: words(r, "reason")})
		return here + "withdrawn", p.append(r, draft, err)
	}
	return "", unknownAct(act)
}

// Counted is how many acknowledged, in one line; "" where it is not told.
func (v alertView) Counted() string {
	switch {
	case v.Reached == nil:
		return ""
	case v.Acknowledged == nil:
		return english.say("telling.alert.counted.few", v)
	}
	return english.say("telling.alert.counted", v)
}
