package web

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

// newActionView is the form by which an action is opened.
type newActionView struct {
	tried
	ID         string // that the action will have: sent twice, the form opens it once
	Asks       bool   // the reader can ask others
	Volunteers bool   // it can do something unasked
	Outbreak   string
	Choices    []outbreakChoice
	Kinds      []response.Kind
}

// newAction is the form, about the outbreak that the address names.
func (p *pages) newAction(r reading) (content, error) {
	v := newActionView{tried: r.tried.among("open"), ID: r.tried.Typed("open", "id"), Asks: r.coordinates(), Volunteers: r.may(), Kinds: response.Kinds()}
	if v.ID == "" {
		v.ID = "action--" + uuid.NewString()
	}
	if v.Outbreak = r.URL.Query().Get("outbreak"); v.Typed("open", "title") != "" {
		v.Outbreak = v.Typed("open", "outbreak")
	}
	if v.Asks || v.Volunteers {
		v.Choices = p.outbreakChoices(r)
	}
	return content{"action-new", english.say("work.opening", nil), "/actions", v}, nil
}

// openAction opens what the form says.
func (p *pages) openAction(r reading, act string) (string, error) {
	if act != "open" {
		return "", unknownAct(act)
	}
	o := response.Opening{
		ID: response.ActionID(r.PostForm.Get("id")), Kind: response.Kind(r.PostForm.Get("kind")), Title: words(r, "title"),
		Outbreak: r.PostForm.Get("outbreak"), Authority: words(r, "authority"), Volunteered: r.PostForm.Get("volunteered") != "",
	}
	if !strings.HasPrefix(string(o.ID), "action--") {
		return "", fmt.Errorf("%w: the form is not whole: open it anew", access.ErrInvalid)
	}
	if one, err := p.Views.Response.Get(r.who, o.ID, p.Clock()); err == nil && string(one.By) == r.who.Actor() {
		return pathOfAction(o.ID, "open"), nil // the form was sent twice
	}
	var err error
	if o.Deadline, err = moment("deadline", r.PostForm.Get("deadline")); err != nil {
		return "", err
	}
	if o.AskedOf, err = p.asked(r); err != nil {
		return "", err
	}
	tlp, err := access.ParseTLP(r.PostForm.Get("tlp"))
	if err == nil && tlp == access.Red {
		err = fmt.Errorf("%w: tlp: an action at TLP:RED names its recipients: open it with tocsin action open", access.ErrInvalid)
	}
	if err != nil {
		return "", err
	}
	if o.Audience, err = p.Views.AudienceFor(r.who, o.Outbreak, access.ToCommunity(tlp)); err != nil {
		return "", err
	}
	id, draft, err := p.Views.Response.Open(r.who, o)
	return pathOfAction(id, "open"), p.append(r, draft, err)
}

// asked is of whom the form asks it, as the board writes that.
func (p *pages) asked(r reading) ([]string, error) {
	list := listed(r, "sectors")
	for _, country := range listed(r, "countries") {
		list = append(list, "country:"+country)
	}
	for _, kind := range listed(r, "kinds") {
		list = append(list, "kind:"+kind)
	}
	named, err := p.partnersNamed(r, "partners")
	for _, id := range named {
		list = append(list, string(id))
	}
	return list, err
}
