package chronicle

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// Moment is an outbreak as the hub knew it at a time, for one reader.
type Moment struct {
	// Outbreak is with who there were by then, and as many hosts as could be told by then
	// (outbreak.State.Hosts); while none could, without how many there would be.
	Outbreak outbreak.Outbreak
	Raised   time.Time        // when the ledger took the alarm
	Merged   []string         // ids of those that went on as it by then
	Shields  []Shield         // in the order in which they came
	Actions  response.Summary // of the counts of actions only
}

// Shield is a protection of an outbreak at a moment.
type Shield struct {
	protect.Protection
	Audience access.Audience
	Steps    []ShieldStep
	InForce  bool // the decision holds
	Partners int  // that have it in force; what fewer than protect.MinCount is, not everybody is told
}

// InForce are the protections that hold at the moment.
func (m Moment) InForce() (n int) {
	for _, one := range m.Shields {
		if one.InForce {
			n++
		}
	}
	return n
}

// AsOf is the outbreak with an id at a moment. It is access.ErrNotFound if there was
// none by then, or none that the reader may see as it is marked now.
func (s *State) AsOf(who access.Principal, id string, t time.Time) (Moment, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	of, err := s.visible(who, id, t)
	if err != nil {
		return Moment{}, err
	}
	m := Moment{Outbreak: of.status(t), Raised: of.turns[of.first()].at.at, Shields: []Shield{}}
	o := &m.Outbreak
	for _, p := range names(of.partners, t) {
		o.Partners = append(o.Partners, access.PartnerID(p))
	}
	slices.Sort(o.Partners)
	o.Sectors, o.Countries, o.Sources = names(of.sectors, t), names(of.countries, t), last(of.hosts, t)
	if o.Sources == 0 {
		o.Reach = nil
	}
	slices.Sort(o.Sectors)
	slices.Sort(o.Countries)
	ids := s.goingOnAs(who, of.id, t)
	m.Merged = ids[1:]
	for _, one := range of.shields {
		if shown, known := one.moment(who, t); known {
			m.Shields = append(m.Shields, shown)
		}
	}
	for _, id := range ids {
		for _, a := range s.stories[id].actions {
			if status, there := a.status(t); there && who.MaySee(a.by, a.audience) {
				m.Actions.Actions.Add(status)
			}
		}
	}
	return m, nil
}

// Span is from when to when there is something to tell of an outbreak: from its
// alarm until it ended, or until now.
func (s *State) Span(id string, now time.Time) (from, to time.Time) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	of := s.stories[id]
	if of == nil {
		return now, now
	}
	from, to = of.turns[of.first()].at.at, now
	if o := of.status(now); o.Status == outbreak.Ended || o.Status == outbreak.Merged {
		to = of.turns[len(of.turns)-1].at.at
	}
	return from, to
}

// first is the place of the alarm among the turns: a word may come before it.
func (of *story) first() int {
	return slices.IndexFunc(of.turns, func(one turn) bool { return one.kind == outbreak.KindRaised })
}

func (s *State) visible(who access.Principal, id string, t time.Time) (*story, error) {
	of := s.stories[id]
	if of == nil || of.turns[of.first()].at.at.After(t) || !of.shownTo(who) {
		return nil, fmt.Errorf("%w: no outbreak %s as of %s", access.ErrNotFound, id, t.UTC().Format(time.RFC3339))
	}
	return of, nil
}

// shownTo asks the narrowest marking that an entry of the outbreak ever had.
func (of *story) shownTo(who access.Principal) bool {
	return who.MaySee("", access.ToCommunity(of.tlp))
}

// GoesOn is an outbreak's id, and then those of what had gone on as it by a moment, as
// far as the reader may be told.
func (s *State) GoesOn(who access.Principal, id string, t time.Time) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if _, err := s.visible(who, id, t); err != nil {
		return nil
	}
	return s.goingOnAs(who, id, t)
}

// goingOnAs is an outbreak's id, and then those of what was merged into it by then and
// the reader may be told of.
func (s *State) goingOnAs(who access.Principal, id string, t time.Time) []string {
	list := []string{id}
	for i := 0; i < len(list); i++ {
		for _, of := range s.merged[list[i]] {
			if of.status(t).Status == outbreak.Merged && of.shownTo(who) && !slices.Contains(list, of.id) {
				list = append(list, of.id)
			}
		}
	}
	return list
}

func names(list []joined, t time.Time) []string {
	var shown []string
	for _, one := range list[:until(list, t, func(j joined) time.Time { return j.at })] {
		shown = append(shown, one.name)
	}
	return shown
}

// moment is the protection at a moment, if the reader may be told of how it then was.
func (m *membership) moment(who access.Principal, t time.Time) (Shield, bool) {
	n := countUntil(m, t)
	if m.since.at.After(t) || n == 0 || !m.shownTo(who) || !m.steps[n-1].to.shownTo(who) {
		return Shield{}, false
	}
	shown := Shield{Protection: m.Protection, Audience: m.Audience, Steps: m.told(who, t), Partners: last(m.held, t)}
	shown.Audience.TLP = m.tlp(m.steps[n-1])
	shown.Status = m.steps[n-1].Status
	shown.Reason, shown.By = m.steps[n-1].Reason, m.steps[n-1].By
	shown.InForce = (shown.Status == protect.Active || shown.Status == protect.Canary) && m.Expires.After(t)
	return shown, true
}

// shownTo says that the reader may be told of the protection today: as the room of
// protections has it, and as its latest entry says.
func (s *shield) shownTo(who access.Principal) bool {
	return who.MaySee(s.Owner, s.Audience) && s.now.shownTo(who)
}

// tlp is the narrowest marking of a step, of the protection as its room has it, and of
// its latest entry.
func (s *shield) tlp(step ShieldStep) access.TLP {
	return access.Narrower(green(step.to.audience.TLP), access.Narrower(green(s.Audience.TLP), green(s.now.audience.TLP)))
}
