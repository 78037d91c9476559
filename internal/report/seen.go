package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/chronicle"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/release"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// quiet and skew are outbreak.Config's: what is further apart is another outbreak,
// and a partner's clock may be so far ahead.
const (
	quiet = 24 * time.Hour
	skew  = 2 * time.Minute
)

// seen is who saw the incident and when the hub was told: the reports of
// sightings, with what contributions had said of the same values.
type seen struct {
	m      *moment
	a      *alarm
	p      *protections
	reader *release.Reader

	values map[observable.Value]*glimpse // the key indicators
	keys   []observable.Value            // in order
	texts  map[string][]observable.Value // of them, as reports write them
	lower  map[string][]observable.Value // in small letters
	ports  map[uint16]bool
	files  bool

	accounts map[account]bool
	parted   map[outbreak.Subject]bool
	hosts    map[access.PartnerID]int
	sum      int
	state    outbreak.Outbreak // brought up to date
	curve    []Point
	lags     []float64 // from a partner's first sign, by its telemetry, until the hub was told
	first    *Moment   // the first report that the reader may be told
	events   []Event
}

type account struct {
	about   outbreak.Subject
	partner access.PartnerID
}

// glimpse is what is known of one value.
type glimpse struct {
	telemetry   time.Time
	first       *Moment
	contributed *Moment
	partners    map[access.PartnerID]bool
	ours        bool // who scans shares it: the outbreak is about that
}

// maxKeys bounds the indicators that the report follows one by one; a hub's rule
// decides a thousand an hour at most.
const maxKeys = 4096

func newSeen(m *moment, a *alarm, p *protections) *seen {
	s := &seen{
		m: m, a: a, p: p, reader: m.register.Reader(m.who), values: map[observable.Value]*glimpse{}, texts: map[string][]observable.Value{}, lower: map[string][]observable.Value{},
		ports: map[uint16]bool{}, accounts: map[account]bool{}, parted: map[outbreak.Subject]bool{}, hosts: map[access.PartnerID]int{}, state: a.of.Outbreak,
	}
	s.state.LastSeen = a.of.first.LastSeen
	add := func(v observable.Value) {
		if _, known := s.values[v]; !known && len(s.keys) < maxKeys {
			s.values[v] = &glimpse{partners: map[access.PartnerID]bool{}, ours: a.about[outbreak.Subject{Kind: outbreak.Suspects, Value: v}]}
			s.keys = append(s.keys, v)
			s.texts[v.Text] = append(s.texts[v.Text], v)
			s.lower[strings.ToLower(v.Text)] = append(s.lower[strings.ToLower(v.Text)], v)
		}
	}
	for _, v := range chronicle.Values(a.of.Outbreak) {
		add(v)
	}
	for _, of := range p.order {
		add(of.Value)
	}
	for about := range a.about {
		s.ports[about.Port] = about.Port != 0
		s.files = s.files || about.Kind == outbreak.Encryptions
	}
	return s
}

// take folds what was found, in the ledger's order.
func (s *seen) take(f found) error {
	if f.e.Seq > s.m.cut.Seq {
		// Whoever may not see what somebody reported since is not shown the outbreak either.
		if len(f.signs) > 0 && s.a.of.over == 0 {
			s.a.of.tlp = access.Narrower(s.a.of.tlp, green(f.tlp))
		}
		return nil
	}
	switch f.e.Kind {
	case sighting.KindReported:
		s.reported(f)
	case contribution.KindAccepted:
		return s.contributed(f)
	}
	for _, r := range f.receipts {
		of, key := s.p.lives[r.protection], [2]string{f.e.Actor, r.outlet}
		of.now[key] = r.inForce
		if _, before := of.inForce[access.PartnerID(f.e.Actor)]; r.inForce && !before {
			of.inForce[access.PartnerID(f.e.Actor)] = f.e.Time
		}
	}
	return nil
}

func (s *seen) reported(f found) {
	from := access.PartnerID(f.e.Actor)
	may := s.m.sees(f.e.Actor, f.e.Audience)
	for _, one := range f.signs {
		if one.last.After(f.e.Time.Add(skew)) {
			one.last = f.e.Time
		}
		if one.first.After(one.last) {
			one.first = one.last
		}
		if g := one.of; g != nil && may {
			s.m.shown(f.e.Audience)
			if g.first == nil {
				g.first = s.m.whose(*f.e)
			}
			if g.telemetry.IsZero() || one.first.Before(g.telemetry) {
				g.telemetry = one.first
			}
			g.partners[from] = true
		}
		if one.ours && s.absorbs(f, one) {
			s.absorb(f, one, may)
		}
	}
}

// absorbs says whether a sign counts for the outbreak, as outbreak.State has it.
func (s *seen) absorbs(f found, one sign) bool {
	of, key := s.a.of, account{one.about, access.PartnerID(f.e.Actor)}
	early := f.e.Time.Before(of.raised.Time) // only then it matters whether an account was there
	switch {
	case of.over != 0 && f.e.Seq > of.over, len(s.parted) > 0 && s.parted[one.about], one.last.Year() < 1990, one.about.Kind == outbreak.Inbound:
		return false // whose trend makes the alarm, its entries say
	case early && !one.weighs && !s.accounts[key]:
		return false
	}
	if early {
		s.accounts[key] = true
	}
	if of.Raised.Sub(one.last) > quiet {
		return false
	}
	if one.last.Sub(s.state.LastSeen) > quiet {
		s.parted[one.about] = true
		return false
	}
	return true
}

func (s *seen) absorb(f found, one sign, may bool) {
	from := access.PartnerID(f.e.Actor)
	s.state.TLP = access.Narrower(green(s.state.TLP), green(f.tlp))
	s.a.of.tlp = access.Narrower(s.a.of.tlp, green(f.tlp))
	if one.last.After(s.state.LastSeen) {
		s.state.LastSeen = one.last
	}
	if one.first.Before(s.state.FirstSeen) && one.last.Sub(one.first) <= quiet {
		s.state.FirstSeen = one.first
	}
	known, before := s.hosts[from]
	more := max(0, one.hosts-known)
	s.hosts[from], s.sum = known+more, s.sum+more
	if before && more == 0 {
		return
	}
	s.curve = append(s.curve, Point{f.e.Time, len(s.hosts), s.sum})
	if before || !may {
		return
	}
	s.m.shown(f.e.Audience)
	s.lags = append(s.lags, max(0, f.e.Time.Sub(one.first).Seconds()))
	if s.first == nil {
		s.first = s.m.whose(*f.e)
	}
	who := s.m.party(f.e.Actor)
	s.events = append(s.events, Event{
		At: f.e.Time, Telemetry: one.first, Seq: f.e.Seq, Kind: string(f.e.Kind), Who: &who, Repeats: len(s.events) >= 20,
		Text: fmt.Sprintf("first told the hub of it: %s, %s", one.about, count(one.hosts, "host")),
	})
}

func green(t access.TLP) access.TLP {
	if t == "" {
		return access.Green
	}
	return t
}
