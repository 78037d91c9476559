package deliver

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
	"github.com/tocsin-project/tocsin/internal/signature"
)

// Views are what bulletins are made from.
type Views struct {
	Access   *access.Directory
	Response *response.State
	Protect  *protect.State
	Notices  Notices
}

// Press makes signed bundles.
type Press struct {
	views Views
	key   signature.Signer
	hub   string
	last  atomic.Int64
}

// NewPress makes a press that signs with the hub's key; hub is the hub's URL.
func NewPress(v Views, key signature.Signer, hub string) *Press {
	return &Press{views: v, key: key, hub: hub}
}

// Key is the public half of the key that bundles are signed with.
func (p *Press) Key() signature.Public { return p.key.Public() }

// Bundle is a partner's bulletin of now in a signed envelope. The error is
// access.ErrNotFound for a partner that there is not.
func (p *Press) Bundle(partner access.PartnerID, now time.Time) (*Envelope, error) {
	b, err := p.bulletin(partner, now)
	if err != nil {
		return nil, fmt.Errorf("make the bundle of %s: %w", partner, err)
	}
	return Seal(b, p.key)
}

func (p *Press) bulletin(partner access.PartnerID, now time.Time) (Bulletin, error) {
	of, here := p.views.Access.Partner(partner)
	who, acts := p.views.Access.Reader(partner)
	if !here || !acts {
		return Bulletin{}, fmt.Errorf("%w: no such partner", access.ErrNotFound)
	}
	b := Bulletin{Version: BulletinVersion, Hub: p.hub, Partner: partner, Name: of.Name, Sequence: p.next(now), Made: now.UTC()}
	b.Notices = shorten(&b, "notices", p.views.Notices.Inbox(who, true), maxIn)
	b.Alerts = shorten(&b, "alerts", p.alerts(who), maxIn)
	b.Calls = shorten(&b, "calls", p.calls(who), maxIn)
	b.Actions = shorten(&b, "actions", p.actions(who, of.Sector, now), maxIn)
	b.Protections = shorten(&b, "protections", protections(p.views.Protect, who, of.Canary, now), maxInProtections)
	return b, nil
}

// next is a number that rises: the time in microseconds. Numbers of the ledger would
// tell how much happens that the partner is not told.
func (p *Press) next(now time.Time) int64 {
	for {
		last := p.last.Load()
		n := max(now.UnixMicro(), last+1)
		if p.last.CompareAndSwap(last, n) {
			return n
		}
	}
}

// name is what people call a partner.
func (p *Press) name(id access.PartnerID) string {
	if of, here := p.views.Access.Partner(id); here {
		return of.Name
	}
	return string(id)
}

// calls are the open ones that reached the partner and that it has not answered.
func (p *Press) calls(who access.Principal) []CallIn {
	list := []CallIn{}
	for _, c := range p.views.Response.Calls(who, response.CallQuery{Open: true, Yours: true}) {
		if c.By == who.Partner || c.Your != nil {
			continue
		}
		list = append(list, CallIn{
			ID: c.ID, TLP: c.Audience.TLP, Title: c.Title, Text: cut(c.Text, maxInText), By: p.name(c.By), Opened: c.Opened, Deadline: c.Deadline,
		})
	}
	return list
}

// actions are those that wait for the partner, the oldest first.
func (p *Press) actions(who access.Principal, sector string, now time.Time) []ActionIn {
	list := []ActionIn{}
	add := func(id response.ActionID, promised bool, deadline time.Time) {
		a, err := p.views.Response.Get(who, id, now)
		if err != nil {
			return // it was there a moment ago
		}
		if deadline.IsZero() {
			deadline = a.Deadline
		}
		list = append(list, ActionIn{ID: id, Kind: a.Kind, Title: a.Title, By: p.name(a.By), Promised: promised, Deadline: deadline})
	}
	standing := p.views.Response.Standing(who, who.Partner, sector, now)
	for _, c := range standing.Late {
		add(c.Action, true, c.Deadline)
	}
	for _, c := range standing.Committed {
		add(c.Action, true, c.Deadline)
	}
	for _, id := range standing.Waiting {
		add(id, false, time.Time{})
	}
	return list
}
