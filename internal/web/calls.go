package web

import (
	"net/url"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

// callsView is the calls for assistance, and the form to open one.
type callsView struct {
	tried
	Outbreak string // only those about it
	Open     bool   // only those that are open
	Yours    bool   // only those that reached the reader's partner, or that it opened
	Partner  string // the reader's
	Calls    []callLine
	Next     string // the query of the next page; "" for none
	MayOpen  bool
	Choices  []outbreakChoice
	Skills   []string // that are usual
}

// callLine is a call in a list, with how many had answered after a while.
type callLine struct {
	response.Call
	From      string
	Hour, Day answered
}

// answered is how many answered a call within a time.
type answered struct {
	response.Muster
	Over bool // the time is over; before, it is how many have so far
}

// maxCalls is how many calls the list shows at once.
const maxCalls = 25

func (p *pages) calls(r reading) (content, error) {
	given := r.URL.Query()
	own, _ := p.Views.Access.Partner(r.who.Partner)
	v := callsView{
		tried: r.tried, Outbreak: given.Get("outbreak"), Open: given.Has("open"), Yours: given.Has("yours") && r.who.Partner != "", Partner: own.Name,
		MayOpen: r.coordinates(), Skills: response.UsualSkills(),
	}
	if v.MayOpen {
		v.Choices = p.outbreakChoices(r)
	}
	all := p.Views.Response.Calls(r.who, response.CallQuery{Outbreak: v.Outbreak, Open: v.Open, Yours: v.Yours})
	list, left := sinceID(all, given.Get("after"), maxCalls, func(c *response.Call) string { return string(c.ID) })
	for _, c := range list {
		line, err := p.callLine(r, c)
		if err != nil {
			return content{}, err
		}
		v.Calls = append(v.Calls, line)
	}
	if left > 0 {
		given.Set("after", string(list[len(list)-1].ID))
		v.Next = "/calls?" + given.Encode()
	}
	return content{"calls", english.say("work.calls", nil), "/calls", v}, nil
}

// callLine counts who answered within an hour and within a day.
func (p *pages) callLine(r reading, c response.Call) (callLine, error) {
	line := callLine{Call: c, From: p.nameOf(string(c.By))}
	for within, into := range map[time.Duration]*answered{time.Hour: &line.Hour, 24 * time.Hour: &line.Day} {
		until := c.Opened.Add(within)
		m, err := p.Views.Response.Muster(r.who, c.ID, until)
		if err != nil {
			return callLine{}, err
		}
		*into = answered{m, !until.After(p.Clock())}
	}
	return line, nil
}

// N is how many partners answered, whatever they said.
func (a answered) N() int { return a.Offers.Partners + a.Declined.Partners }

// callView is one call: whom it reached, and who answered with what.
type callView struct {
	tried
	Done string
	callLine
	Headline   string // of its outbreak, if the reader may be told of it
	Muster     response.Muster
	Named      []string
	NamedMore  int
	Replies    []callReplyView
	Next       string
	Silents    []string
	SilentMore int
	Told       bool // the reader is told who is silent
	Partner    string
	MayAnswer  bool
	MayClose   bool
	Skills     []string
}

// callReplyView is what a partner answered.
type callReplyView struct {
	response.Reply
	Name, Took string
}

// maxCallReplies is how many answers the page of a call shows at once.
const maxCallReplies = 100

var callDone = map[string]string{
	"opened": english.say("work.called.opened", nil),
	"answer": english.say("work.called.answer", nil), "decline": english.say("work.called.decline", nil),
	"close": english.say("work.called.close", nil),
}

func (p *pages) call(r reading) (content, error) {
	id, given := response.CallID(r.PathValue("id")), r.URL.Query()
	c, err := p.Views.Response.Call(r.who, id)
	if err != nil {
		return content{}, err
	}
	v := callView{tried: r.tried, Done: said(r, callDone), Skills: response.UsualSkills()}
	if v.callLine, err = p.callLine(r, c); err != nil {
		return content{}, err
	}
	if v.Muster, err = p.Views.Response.Muster(r.who, id, p.Clock()); err != nil {
		return content{}, err
	}
	replies, err := p.Views.Response.Replies(r.who, id, p.Clock())
	if err != nil {
		return content{}, err
	}
	list, left := sinceID(replies, given.Get("after"), maxCallReplies, func(a *response.Reply) string { return string(a.Partner) })
	for _, a := range list {
		v.Replies = append(v.Replies, callReplyView{a, p.nameOf(string(a.Partner)), lasted(time.Duration(a.AfterS * float64(time.Second)))})
	}
	if left > 0 {
		v.Next = "?" + url.Values{"after": {string(list[len(list)-1].Partner)}}.Encode()
	}
	if o, known := p.Views.Outbreak.Get(c.Outbreak); known && r.who.MaySee("", o.Audience()) {
		v.Headline = headline(o)
	}
	who := access.PartnerID(r.who.Actor())
	v.Told = r.who.Partner != "" && r.who.AtLeast(access.Coordinator) || who == c.By && !r.who.Guest
	silent, more := firstOf(c.Waiting, maxSilents)
	v.Silents, v.SilentMore = p.namesOf(silent), more
	partners, more := firstOf(c.Partners, maxSilents)
	v.Named, v.NamedMore = p.namesOf(partners), more
	own, _ := p.Views.Access.Partner(r.who.Partner)
	v.Partner, v.MayAnswer = own.Name, r.may() && c.Closed.IsZero()
	v.MayClose = c.Closed.IsZero() && r.coordinates() && (who == c.By || r.who.AtLeast(access.Administrator))
	return content{"call", c.Title, "/calls", v}, nil
}

// Median is the time in which half of those that answered had, in words.
func (v callView) Median() string { return inWords(v.Muster.MedianS) }

// Worst is the longest time to an answer, in words.
func (v callView) Worst() string { return inWords(v.Muster.WorstS) }

// inWords says seconds as people do; nothing for nothing.
func inWords(s *float64) string {
	if s == nil {
		return ""
	}
	return lasted(time.Duration(*s * float64(time.Second)))
}
