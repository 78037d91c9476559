package web

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// whyView is the story of one value: how it stands now, where it is in force, and
// what led to that.
type whyView struct {
	observable.Value
	automationState
	Done       string
	Now        *standing  // what holds, if anything does
	Proposals  []standing // what somebody proposes
	Events     []told
	EventsMore int // earlier ones that are not shown
	Receipts   []receiptView
	Further    int  // receipts that are not shown
	May        bool // the reader can ask for something
	Decides    bool // and decide
}

// standing is how a decision or a proposal about a value stands now.
type standing struct {
	protect.Outlook
	Name     string // of who decided
	Partners int    // that take part
	InForce  protect.Count
}

// Unconfirmed says of a must-resolve that a second person has to stand for it.
func (s standing) Unconfirmed() bool {
	return s.Polarity == protect.MustResolve && s.Confirmed == "" && s.Status != protect.Proposed
}

// Marked is how far it may be told.
func (s standing) Marked() access.TLP { return cmp.Or(s.TLP, access.Green) }

// told is an event with the name of who caused it.
type told struct {
	protect.Event
	Name string
}

// Ends says of a decision that it ends what was in force.
func (t told) Ends() bool {
	return t.Protection != nil && (t.Protection.Status == protect.Revoked || t.Protection.Status == protect.Expired)
}

// receiptView is an outlet's word with the name of its partner. Why is what lags there.
type receiptView struct {
	protect.PartnerReceipt
	Name, Why string
}

// Bounds of a story: the newest events, and the receipts that say most.
const (
	maxTold    = 150
	maxOutlets = 150
)

var whyDone = map[string]string{
	"block": "protections.done.block", "observe": "protections.done.observe", "must-resolve": "protections.done.must",
	"proposed": "protections.done.proposed", "recalled": "protections.done.recalled", "confirmed": "protections.done.confirmed",
}

func (p *pages) why(r reading) (content, error) {
	value, err := asked(r)
	if err != nil {
		return content{}, err
	}
	view := whyView{Value: value, automationState: p.automationState(r), May: r.may() || r.coordinates(), Decides: r.coordinates()}
	if key, known := whyDone[r.URL.Query().Get("done")]; known {
		view.Done = english.say(key, view)
	}
	partners := len(p.Views.Access.Partners())
	var coverage []protect.Coverage
	for _, o := range p.Views.Outlooks(r.who, value, p.Clock()) {
		now := standing{o, p.decider(o.By), partners, p.Views.Protect.InForceFor(r.who, o.ID)}
		switch {
		case o.Holds(p.Clock()):
			view.Now = &now
		case o.Status == protect.Proposed:
			view.Proposals = append(view.Proposals, now)
		}
		coverage = append(coverage, o.Coverage)
	}
	view.Receipts, view.Further = p.receiptViews(coverage)
	for _, e := range p.Views.Protect.Why(r.who, value).Events {
		if e.Receipt == nil { // those are told outlet by outlet
			view.Events = append(view.Events, told{e, p.decider(e.By)})
		}
	}
	if n := len(view.Events); n > maxTold {
		view.EventsMore, view.Events = n-maxTold, view.Events[n-maxEvents:]
	}
	return content{"why", value.Text, "/protections", view}, nil
}

// asked is the value that a page is about.
func asked(r reading) (observable.Value, error) {
	v, err := observable.Infer(r.URL.Query().Get("value"))
	if err != nil {
		return v, fmt.Errorf("%w: %w", access.ErrInvalid, err)
	}
	return v, nil
}

// receiptViews are what outlets say, those first where it is not as decided.
func (p *pages) receiptViews(coverage []protect.Coverage) (list []receiptView, further int) {
	type outlet struct {
		partner access.PartnerID
		name    string
	}
	for _, c := range coverage {
		why := map[outlet]string{}
		for _, s := range c.Stragglers {
			why[outlet{s.Partner, s.Outlet}] = s.Why
		}
		for _, one := range c.Receipts {
			key := outlet{one.Partner, one.Outlet}
			list = append(list, receiptView{one, p.nameOf(string(one.Partner)), why[key]})
			delete(why, key)
		}
		for _, s := range c.Stragglers { // those that have said nothing
			if why, silent := why[outlet{s.Partner, s.Outlet}]; silent {
				one := protect.PartnerReceipt{Partner: s.Partner, Heard: s.Heard}
				one.Outlet = s.Outlet
				list = append(list, receiptView{one, p.nameOf(string(s.Partner)), why})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b receiptView) int {
		return cmp.Or(-cmp.Compare(len(a.Why), 0)+cmp.Compare(len(b.Why), 0), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Outlet, b.Outlet))
	})
	return list[:min(len(list), maxOutlets)], max(0, len(list)-maxOutlets)
}

// decider says who decided: a partner, the hub, or an administrator of none.
func (p *pages) decider(by string) string {
	if by == "administrator" {
		return english.say("protections.administrator", nil)
	}
	return p.nameOf(by)
}

// nameOf says who acted: a partner, or the hub.
func (p *pages) nameOf(actor string) string {
	if actor == access.Hub {
		return english.say("protections.hub", nil)
	}
	if one, _ := p.Views.Access.Partner(access.PartnerID(actor)); one.Name != "" {
		return one.Name
	}
	return actor
}
