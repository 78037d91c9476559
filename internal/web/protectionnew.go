package web

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// newProtectionView is the form by which a protection is asked for, and once that
// was looked over, what it would do.
type newProtectionView struct {
	tried
	automationState
	May, Decides bool
	Value        string              // as the address of the page has it
	Polarity     string              // that is chosen when the page is opened
	Preview      *protect.Protection // as it would be decided
	Before       *standing           // what is in force of the value now
	Reach        int                 // partners whose engines would be given it
	Partners     int                 // that take part
	Conflict     string              // the value that a guard of must-resolve spoke for
	Carried      []carried
	Once         string // tells one look from another: each asks at most once
	Types        []observable.Type
}

var protectionFields = []string{"value", "type", "polarity", "reason", "tlp"}

// newProtection is the page with what the protection would do, if it was looked over.
func (p *pages) newProtection(r reading) (content, error) {
	if r.tried.act == "add" || r.tried.act == "change" {
		r.tried.act = "look" // back to the one form
	}
	q := r.URL.Query()
	v := newProtectionView{
		tried: r.tried, automationState: p.automationState(r), May: r.may() || r.coordinates(), Decides: r.who.AtLeast(access.Coordinator),
		Value: q.Get("value"), Polarity: q.Get("polarity"), Partners: len(p.Views.Access.Partners()),
		Types: []observable.Type{observable.Domain, observable.IPv4, observable.IPv6, observable.URL, observable.SHA256, observable.SHA1, observable.MD5, observable.FileName, observable.FilePath, observable.Mutex, observable.Email},
	}
	c := content{"protection-new", english.say("protections.new", nil), "/protections", v}
	if v.May {
		v.tried = r.tried.among("look")
	}
	if !v.May || r.PostForm.Get("act") != "look" && r.tried.wrong == "" {
		c.view = v
		return c, nil
	}
	request, err := protectionAsked(r)
	if err != nil {
		c.view = v
		return c, nil //nolint:nilerr // what is wrong is said beside the form
	}
	for _, o := range p.Views.Outlooks(r.who, request.Value, p.Clock()) {
		if o.Holds(p.Clock()) {
			v.Before = &standing{o, p.decider(o.By), v.Partners, p.Views.Protect.InForceFor(r.who, o.ID)}
		}
	}
	draft, err := p.Views.Protect.Ask(r.who, request, p.Clock())
	var refused *protect.Refused
	if errors.As(err, &refused) && refused.Guard == "must-resolve" {
		v.Conflict = request.Text
	}
	if err != nil || r.tried.wrong != "" {
		c.view = v
		return c, nil
	}
	v.Preview = &protect.Protection{}
	if err := json.Unmarshal(draft.Body, v.Preview); err != nil {
		return c, fmt.Errorf("read what would be decided: %w", err)
	}
	v.Reach, v.Once = p.Views.Within(access.ToCommunity(request.TLP), p.Clock()), p.looks.look(r.who.By())
	for _, field := range protectionFields {
		v.Carried = append(v.Carried, carried{field, r.PostForm.Get(field)})
	}
	c.view = v
	return c, nil
}

// addProtection looks over what is asked for, or asks for what was looked over. What
// a guard refuses is on the ledger then, as if a program had asked.
func (p *pages) addProtection(r reading, act string) (string, error) {
	q, err := protectionAsked(r)
	if err != nil {
		return "", err
	}
	switch act {
	case "change":
		return "", nil
	case "look":
		var refused *protect.Refused
		if _, err := p.Views.Protect.Ask(r.who, q, p.Clock()); !errors.As(err, &refused) {
			return "", err
		}
		_, err = p.Views.AskProtection(r.Context(), r.who, q, p.Clock())
		return "", err
	case "add":
		if !p.looks.take(r.who.By(), r.PostForm.Get("once")) {
			return "", fmt.Errorf("%w: it was asked for already, or since you looked at it the hub was restarted or you looked at many others: see the story of the value before you look once more", access.ErrConflict)
		}
		decided, err := p.Views.AskProtection(r.Context(), r.who, q, p.Clock())
		done := string(decided.Polarity)
		if decided.Status == protect.Proposed {
			done = "proposed"
		}
		return storyOf(q.Value, done), err
	}
	return "", unknownAct(act)
}

// protectionAsked is what a form asks for.
func protectionAsked(r reading) (q protect.Request, err error) {
	q = protect.Request{Polarity: protect.Polarity(r.PostForm.Get("polarity")), Reason: words(r, "reason"), TLP: access.TLP(r.PostForm.Get("tlp"))}
	text, kind := strings.TrimSpace(r.PostForm.Get("value")), observable.Type(r.PostForm.Get("type"))
	if q.TLP == "" {
		q.TLP = access.Green
	}
	if kind == "" {
		q.Value, err = observable.Infer(text)
	} else {
		q.Value, err = observable.New(kind, text)
	}
	if err != nil {
		return q, fmt.Errorf("%w: value: %w", access.ErrInvalid, err)
	}
	return q, nil
}

// storyOf is where a value's story is told, with what was done.
func storyOf(v observable.Value, done string) string {
	return "/protections/why?" + url.Values{"value": {v.Text}, "done": {done}}.Encode()
}
