package web

import (
	"errors"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/response"
)

// thenView is an outbreak as the hub knew it at a moment in the past. Nothing can be
// done on it.
type thenView struct {
	ringing
	Known   bool // the hub knew of it by then
	When    whenView
	By      string // who had ended it
	Merged  int
	Shields shieldsView
	Work    response.Summary
	Calls   []callThen
	Story   storyView
}

// callThen is a call for assistance at a moment.
type callThen struct {
	response.Call
	From   string
	Muster response.Muster
	Over   bool // it was closed by then
}

// then is the page of an outbreak as of a moment.
func (p *pages) then(r reading, id string, t time.Time) (content, error) {
	m, err := p.Views.Chronicle.AsOf(r.who, id, t)
	if errors.Is(err, access.ErrNotFound) {
		return p.unknownThen(r, id, t)
	}
	if err != nil {
		return content{}, err
	}
	v := thenView{Known: true, ringing: ringing{Outbreak: m.Outbreak, Names: p.partnerNames(m.Outbreak.Partners), Recorded: m.Raised}, Merged: len(m.Merged), Work: m.Actions, Shields: p.shields(r, m, true)}
	if m.Outbreak.By != "" {
		v.By = p.nameOf(m.Outbreak.By)
	}
	ids := append([]string{id}, m.Merged...)
	if v.Calls, err = p.callsThen(r, ids, t); err != nil {
		return content{}, err
	}
	v.When = p.when(r, id, t, true)
	if v.Story, err = p.story(r, ids, t, v.When.Here()); err != nil {
		return content{}, err
	}
	return content{"outbreak-then", v.Headline(), "/outbreaks", v}, nil
}

// goneOnThen is the outbreak that is meant by an id at a moment: itself, if it had not
// yet gone on as another, else the one that it goes on as now.
func (p *pages) goneOnThen(r reading, asked, last string, t time.Time) string {
	if m, err := p.Views.Chronicle.AsOf(r.who, asked, t); err == nil && m.Outbreak.Status != outbreak.Merged {
		return asked
	}
	return last
}

// unknownThen is the page of a moment at which nobody knew of the outbreak.
func (p *pages) unknownThen(r reading, id string, t time.Time) (content, error) {
	// Whoever may not be told of it at all hears as much.
	if _, err := p.Views.Chronicle.AsOf(r.who, id, p.Clock().UTC()); err != nil {
		return content{}, err
	}
	return content{"outbreak-then", english.say("outbreak.then.unknown", nil), "/outbreaks", thenView{When: p.when(r, id, t, true)}}, nil
}

// callsThen are the calls about outbreaks that were open by then, and who had answered.
func (p *pages) callsThen(r reading, ids []string, t time.Time) (list []callThen, err error) {
	for _, id := range ids {
		for _, c := range p.Views.Response.Calls(r.who, response.CallQuery{Outbreak: id}) {
			if c.Opened.After(t) || len(list) >= maxLineCalls {
				continue
			}
			m, err := p.Views.Response.Muster(r.who, c.ID, t)
			if err != nil {
				return nil, err
			}
			list = append(list, callThen{c, p.nameOf(string(c.By)), m, !c.Closed.IsZero() && !c.Closed.After(t)})
		}
	}
	return list, nil
}
