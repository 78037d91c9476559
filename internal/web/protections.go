package web

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// protectionsView is the protections in force, and those of the past.
type protectionsView struct {
	Active     []covered
	ActiveMore int
	Past       []covered
	PastMore   int
}

// Bounds of the page of protections; any one is found by its value.
const (
	maxActive = 200
	maxPast   = 50
)

func (p *pages) protections(r reading) (content, error) {
	partners := len(p.Views.Access.Partners())
	list := p.decided(r)
	active, past := list.active, list.past
	v := protectionsView{
		Active:     p.coverage(r, active[:min(len(active), maxActive)], partners),
		ActiveMore: max(0, len(active)-maxActive),
		PastMore:   max(0, len(past)-maxPast),
	}
	for _, one := range past[:min(len(past), maxPast)] {
		v.Past = append(v.Past, covered{Protection: *one})
	}
	return content{"protections", "Protections", "/protections", v}, nil
}

// whyView is the story of one value.
type whyView struct {
	protect.Story
	Now    *covered // what holds, if anything does
	Events []told
}

// told is an event with the name of who caused it.
type told struct {
	protect.Event
	Name string
}

func (p *pages) why(r reading) (content, error) {
	v, err := observable.Infer(r.URL.Query().Get("value"))
	if err != nil {
		return content{}, fmt.Errorf("%w: %w", access.ErrInvalid, err)
	}
	story := p.Views.Protect.Why(r.who, v)
	view := whyView{Story: story}
	for _, e := range story.Events {
		view.Events = append(view.Events, told{e, p.nameOf(e.By)})
	}
	if one, ok := p.Views.Protect.GetFor(r.who, v); ok && one.Holds(p.Clock()) {
		view.Now = &p.coverage(r, []*protect.Protection{&one}, len(p.Views.Access.Partners()))[0]
	}
	return content{"why", v.Text, "/protections", view}, nil
}

// nameOf says who acted: a partner, or the hub.
func (p *pages) nameOf(actor string) string {
	if actor == access.Hub {
		return "The hub"
	}
	if one, _ := p.Views.Access.Partner(access.PartnerID(actor)); one.Name != "" {
		return one.Name
	}
	return actor
}
