package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/chronicle"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// protections are those of the incident, by their decisions: of a value that the
// outbreak names, resting on a report that it rests on, or with a reason that
// names the incident. Decisions that the reader may not see are not there.
type protections struct {
	m       *moment
	a       *alarm
	belongs chronicle.Belongs
	lives   map[string]*life
	order   []*life
	ignored map[access.PartnerID]bool // under quarantine: their receipts do not count
	events  []Event
}

// life is one protection from its first decision on.
type life struct {
	protect.Protection
	audience access.Audience
	first    ledger.Entry
	decided  *Moment // in force for some
	everyone *Moment // in force for all that may be told
	ended    *Moment
	inForce  map[access.PartnerID]time.Time // when each partner's first receipt came
	now      map[[2]string]bool             // by partner and outlet, of the latest receipts
}

func newProtections(m *moment, a *alarm) *protections {
	return &protections{m: m, a: a, belongs: chronicle.To(a.of.Outbreak), lives: map[string]*life{}, ignored: map[access.PartnerID]bool{}}
}

func (p *protections) kinds() []ledger.Kind {
	return []ledger.Kind{protect.KindDecided, protect.KindStopped, protect.KindQuarantined}
}

func (p *protections) apply(e ledger.Entry) error {
	switch e.Kind {
	case protect.KindStopped:
		return ledger.Fold(e, p.stopped)
	case protect.KindQuarantined:
		return ledger.Fold(e, func(_ ledger.Entry, q protect.Quarantine) { p.ignored[q.Partner] = q.On })
	}
	return ledger.Fold(e, p.decision)
}

func (p *protections) decision(e ledger.Entry, next protect.Protection) {
	of := p.lives[next.ID]
	if of == nil && !p.belongs.Protection(next) || !p.m.sees(e.Actor, e.Audience) {
		return
	}
	if of == nil {
		of = &life{first: e, inForce: map[access.PartnerID]time.Time{}, now: map[[2]string]bool{}}
		p.lives[next.ID] = of
		p.order = append(p.order, of)
	}
	p.m.shown(e.Audience)
	before := of.Protection
	if before.ID != "" && (ended(before.Status) || before.Status == next.Status && next.Renewed.After(before.Renewed)) {
		if !ended(before.Status) {
			of.Protection = next // a renewal is no news
		}
		return
	}
	of.Protection = next
	of.audience, _ = access.ParseAudience(e.Audience) // sees has read it
	switch {
	case ended(next.Status):
		of.ended = p.by(e, next)
	case next.Status == protect.Canary && of.decided == nil:
		of.decided = p.by(e, next)
	case next.Status == protect.Active && of.everyone == nil:
		of.everyone = p.by(e, next)
		if of.decided == nil {
			of.decided = of.everyone
		}
	}
	who := p.by(e, next).Who
	p.events = append(p.events, Event{
		At: e.Time, Seq: e.Seq, Kind: string(e.Kind), Who: &who, Repeats: next.Polarity != protect.MustResolve && len(p.events) > 20,
		Text: fmt.Sprintf("%s of %s %s: %s (%s)", next.Polarity, next.Value, state(next), next.Reason, next.Rule),
	})
}

func ended(s protect.Status) bool { return s == protect.Revoked || s == protect.Expired }

func state(p protect.Protection) string {
	switch p.Status {
	case protect.Active:
		return "in force for everyone"
	case protect.Canary:
		return "in force for canary partners until " + p.Held.UTC().Format(time.RFC3339)
	case protect.Revoked:
		return "recalled"
	}
	return string(p.Status)
}

// by is the moment of a decision and who decided: the decision names a person's
// partner, and the entry the hub.
func (p *protections) by(e ledger.Entry, next protect.Protection) *Moment {
	who := p.m.party(next.By)
	if next.By == "administrator" {
		who = Party{access.Hub, "the hub's administrator"}
	}
	return &Moment{e.Time, e.Seq, who}
}

func (p *protections) stopped(e ledger.Entry, s protect.Stop) {
	if e.Time.Before(p.a.of.raised.Time) || p.a.of.over != 0 && e.Seq > p.a.of.over || !p.m.sees(e.Actor, e.Audience) {
		return
	}
	p.m.shown(e.Audience)
	text := "automation resumed: "
	if s.On {
		text = "automation stopped: "
	}
	who := p.m.party(s.By)
	p.events = append(p.events, Event{At: e.Time, Seq: e.Seq, Kind: string(e.Kind), Who: &who, Text: text + s.Reason})
}

func (p *protections) tell(r *Report) {
	r.Timeline = append(r.Timeline, p.events...)
	for _, of := range p.order {
		if n := len(of.inForce); n >= protect.MinCount {
			times := make([]time.Time, 0, n)
			for _, at := range of.inForce {
				times = append(times, at)
			}
			slices.SortFunc(times, time.Time.Compare)
			r.Timeline = append(r.Timeline,
				Event{At: times[n/2], Kind: string(protect.KindReceipt), Repeats: true, Text: fmt.Sprintf("%s of %s is in force at half of the %d partners that had it in force as of this report", of.Polarity, of.Value, n)})
		}
		r.Known = append(r.Known, p.known(of))
	}
	p.silent(r)
}

// silent says how many partners that are told of protections have sent no receipt of
// any, unless that tells of fewer than three that have.
func (p *protections) silent(r *Report) {
	said, told := map[access.PartnerID]bool{}, 0
	for _, of := range p.order {
		for key := range of.now {
			said[access.PartnerID(key[0])] = true
		}
	}
	if len(said) < protect.MinCount {
		return
	}
	for _, one := range p.m.directory.Partners() {
		who, _ := p.m.directory.Reader(one.ID)
		if !said[one.ID] && slices.ContainsFunc(p.order, func(of *life) bool {
			return of.decided != nil && who.MaySee(access.PartnerID(of.first.Actor), of.audience)
		}) {
			told++
		}
	}
	if told > 0 {
		r.Unknown = append(r.Unknown, "whether "+plural(told, "partner has", "partners have")+" any of the protections in force: no receipt has come")
	}
}

// known is what there is to say of a value by its protection.
func (p *protections) known(of *life) Known {
	k := Known{Value: of.Value, Protection: of.ID, Polarity: of.Polarity, Decided: of.decided, Everyone: of.everyone, Ended: of.ended}
	if of.ended == nil && of.decided != nil && !of.Expires.After(p.m.asOf) {
		k.Ended = &Moment{At: of.Expires, Who: Party{access.Hub, "the hub"}}
	}
	if of.decided != nil {
		n := protect.Count{N: of.holding(p.ignored)}
		if n.N < protect.MinCount {
			n = protect.Count{FewerThan: protect.MinCount}
		}
		k.InForce = &n
	}
	return k
}

// holding counts the partners that have it in force at one outlet at least,
// without those whose word does not count.
func (l *life) holding(ignored map[access.PartnerID]bool) int {
	partners := map[string]bool{}
	for key, in := range l.now {
		if in && !ignored[access.PartnerID(key[0])] {
			partners[key[0]] = true
		}
	}
	return len(partners)
}
