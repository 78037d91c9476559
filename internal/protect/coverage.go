package protect

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// MinCount is how many partners have to be behind a count for others than
// coordinators to be told it: smaller ones would tell of each.
const MinCount = 3

// outletPatience is after how much silence an outlet is no longer waited for.
const outletPatience = 7 * 24 * time.Hour

// Count is how many there are, or only that there are fewer than a number.
type Count struct {
	N         int `json:"count"`
	FewerThan int `json:"fewer_than,omitzero"` // then N is 0 and means nothing
}

// Coverage is where a protection is in force, as far as one principal is told:
// of its own outlets, for a coordinator of all.
type Coverage struct {
	Partners Count `json:"partners"` // that have it in force somewhere
	InForce  Count `json:"in_force"` // outlets
	Gone     Count `json:"gone"`     // outlets that said so, or that never had it in force and do not lag
	Lagging  Count `json:"lagging"`  // outlets where it is not as decided

	Since      time.Time        `json:"since,omitzero"` // when it first was in force somewhere where it still is
	Receipts   []PartnerReceipt `json:"receipts"`
	Stragglers []Straggler      `json:"stragglers"`
}

// Straggler is an outlet where a protection is not as decided.
type Straggler struct {
	Partner access.PartnerID `json:"partner"`
	Outlet  string           `json:"outlet"`
	Heard   time.Time        `json:"heard,omitzero"` // when its partner last said anything to the hub
	Why     string           `json:"why"`
}

// Reach says whether a partner is shown what is marked so.
type Reach func(partner, owner access.PartnerID, audience access.Audience) bool

// InForce counts the partners that have the protection in force at one outlet
// at least, without those whose word does not count.
func (s *State) InForce(protection string) int { return len(s.Holders(protection)) }

// Holders are those partners, in the order of their ids: for what the hub tells each
// of them alone.
func (s *State) Holders(protection string) []access.PartnerID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	partners := map[access.PartnerID]struct{}{}
	for _, k := range s.acts.receipts.of[protection] {
		if of := s.acts.outlets.list[k.outlet]; k.since != 0 && !s.acts.quarantines.now(of.partner) {
			partners[of.partner] = struct{}{}
		}
	}
	return slices.Sorted(maps.Keys(partners))
}

// HeldBy says whether a partner has the protection in force at one outlet at least,
// by its receipts alone: whether its word counts is not asked.
func (s *State) HeldBy(partner access.PartnerID, protection string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	of := s.acts.outlets.partners[partner]
	if of == nil {
		return false
	}
	words := s.acts.receipts.of[protection]
	return slices.ContainsFunc(of.outlets, func(n uint32) bool {
		i, said := slices.BinarySearchFunc(words, n, func(k kept, n uint32) int { return cmp.Compare(k.outlet, n) })
		return said && words[i].since != 0
	})
}

// InForceFor is InForce for somebody: the number for a coordinator, and for
// others from MinCount on.
func (s *State) InForceFor(by access.Principal, protection string) Count {
	return countFor(by, s.InForce(protection), s.InForce(protection))
}

// countFor is a count as somebody is told it, behind which are so many partners.
func countFor(by access.Principal, n, partners int) Count {
	if partners < MinCount && !by.AtLeast(access.Coordinator) {
		return Count{FewerThan: MinCount}
	}
	return Count{N: n}
}

// Cover tells where protections are in force, in the order of their ids; one
// that nobody knows is covered nowhere. reach, if not nil, says which outlets
// are waited for that have said nothing yet.
func (s *State) Cover(by access.Principal, ids []string, now time.Time, reach Reach) []Coverage {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Coverage, 0, len(ids))
	for _, id := range ids {
		list = append(list, s.cover(by, id, now, reach))
	}
	return list
}

// census counts outlets and the partners behind them.
type census struct {
	outlets  int
	partners map[access.PartnerID]struct{}
}

func (t *census) add(p access.PartnerID) {
	if t.outlets++; t.partners == nil {
		t.partners = map[access.PartnerID]struct{}{}
	}
	t.partners[p] = struct{}{}
}

func (t *census) told(by access.Principal) Count { return countFor(by, t.outlets, len(t.partners)) }

func (s *State) cover(by access.Principal, id string, now time.Time, reach Reach) Coverage {
	c := Coverage{Receipts: s.receiptsFor(by, id), Stragglers: []Straggler{}}
	about, words := s.ids[id], s.acts.receipts.of[id]
	if about != nil && !about.shownTo(by) {
		about, words = nil, nil // as of an id that nobody knows
	}
	wanted := about != nil && about.Holds(now)
	var in, gone, lag census
	var first time.Time
	straggle := func(of outletHeard, why string) {
		lag.add(of.partner)
		if by.AtLeast(access.Coordinator) || by.Partner == of.partner {
			c.Stragglers = append(c.Stragglers, Straggler{of.partner, of.outlet, s.acts.outlets.partners[of.partner].heard, why})
		}
	}
	for _, k := range words {
		of := s.acts.outlets.list[k.outlet]
		if s.acts.quarantines.now(of.partner) {
			continue
		}
		why := s.acts.receipts.problems.texts[k.problem].text
		if k.since != 0 {
			in.add(of.partner)
			if since := time.UnixMicro(k.since).UTC(); first.IsZero() || since.Before(first) {
				first = since
			}
		}
		switch {
		case k.since != 0 && !wanted:
			straggle(of, cmp.Or(why, "it has not said that it is gone"))
		case k.since == 0 && wanted:
			straggle(of, cmp.Or(why, "it said that it is gone"))
		case k.since == 0:
			gone.add(of.partner)
		}
	}
	if wanted && reach != nil {
		s.silent(about, words, now, reach, straggle)
	}
	c.Partners = countFor(by, len(in.partners), len(in.partners))
	c.InForce, c.Gone, c.Lagging = in.told(by), gone.told(by), lag.told(by)
	if c.InForce.FewerThan == 0 {
		c.Since = first // else Receipts say it of one's own
	}
	slices.SortFunc(c.Stragglers, func(a, b Straggler) int {
		return cmp.Or(cmp.Compare(a.Partner, b.Partner), cmp.Compare(a.Outlet, b.Outlet))
	})
	return c
}

// silent finds the outlets that have said nothing about a protection and should
// have: those heard of lately whose partner is shown it.
func (s *State) silent(about *slot, words []kept, now time.Time, reach Reach, straggle func(outletHeard, string)) {
	next := 0
	for n, of := range s.acts.outlets.list {
		if next < len(words) && int(words[next].outlet) == n {
			next++ // words are by outlet
			continue
		}
		if now.Sub(of.heard) > outletPatience || s.acts.quarantines.now(of.partner) || !reach(of.partner, about.owner, about.audience) {
			continue
		}
		why := "it has said nothing about it yet"
		if stop, halted := s.acts.stops.Halting(about.Protection, of.partner, of.outlet); halted {
			why = "automation is stopped there: " + stop.Reason
		}
		straggle(of, why)
	}
}

// Listening counts the partners with an outlet heard of lately that are shown what
// is marked so: where something new will be put in force.
func (s *State) Listening(audience access.Audience, now time.Time, reach Reach) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	partners := map[access.PartnerID]struct{}{}
	for _, of := range s.acts.outlets.list {
		if _, counted := partners[of.partner]; !counted && now.Sub(of.heard) <= outletPatience && reach(of.partner, "", audience) {
			partners[of.partner] = struct{}{}
		}
	}
	return len(partners)
}

// shownTo is ShownTo of a slot.
func (s *slot) shownTo(by access.Principal) bool { return ShownTo(by, s.owner, s.audience) }

// ShownTo is the release rule for people who look at decisions; coordinators see
// all. What engines act on is MaySee alone.
func ShownTo(by access.Principal, owner access.PartnerID, audience access.Audience) bool {
	return by.AtLeast(access.Coordinator) || by.MaySee(owner, audience)
}
