package web

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// endView asks before a protection is recalled, or a must-resolve is confirmed.
type endView struct {
	tried
	observable.Value
	Act     string // recall or confirm
	Decides bool
	Of      *standing // what it is about; nil: there is nothing
}

func (p *pages) askRecall(r reading) (content, error)  { return p.askEnd(r, "recall") }
func (p *pages) askConfirm(r reading) (content, error) { return p.askEnd(r, "confirm") }

func (p *pages) askEnd(r reading, act string) (content, error) {
	value, err := asked(r)
	if err != nil {
		return content{}, err
	}
	v := endView{tried: r.tried.among(act), Value: value, Act: act, Decides: r.who.AtLeast(access.Coordinator)}
	partners := len(p.Views.Access.Partners())
	for _, o := range p.Views.Outlooks(r.who, value, p.Clock()) {
		holds := o.Holds(p.Clock())
		if holds && (act == "recall" || o.Polarity == protect.MustResolve) || act == "recall" && o.Status == protect.Proposed && (v.Of == nil || v.Of.Status == protect.Proposed) {
			v.Of = &standing{o, p.decider(o.By), partners, p.Views.Protect.InForceFor(r.who, o.ID)}
		}
	}
	title := english.say("protections.recall", v)
	if act == "confirm" {
		title = english.say("protections.confirm", v)
	}
	return content{"protection-end", title, "/protections", v}, nil
}

// endProtection recalls or confirms. The value is of the page's address, as the
// question was.
func (p *pages) endProtection(r reading, act string) (string, error) {
	value, err := asked(r)
	if err != nil {
		return "", err
	}
	reason := words(r, "reason")
	switch {
	case act == "recall":
		if of := r.PostForm.Get("of"); p.standsFor(r, value) != of {
			return "", fmt.Errorf("%w: what stands for %s has changed since you looked: read the question again", access.ErrConflict, value.Text)
		}
		_, err = p.Views.RecallProtection(r.Context(), r.who, value, reason, p.Clock())
		return storyOf(value, "recalled"), err
	case act == "confirm":
		_, err = p.Views.ConfirmProtection(r.Context(), r.who, value, reason, p.Clock())
		return storyOf(value, "confirmed"), err
	}
	return "", unknownAct(act)
}

// standsFor is the id of what a recall of the value would end.
func (p *pages) standsFor(r reading, value observable.Value) string {
	id := ""
	for _, o := range p.Views.Outlooks(r.who, value, p.Clock()) {
		if o.Holds(p.Clock()) {
			return o.ID
		}
		if o.Status == protect.Proposed {
			id = o.ID
		}
	}
	return id
}
