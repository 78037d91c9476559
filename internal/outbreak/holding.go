package outbreak

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// minHeld is how many subjects one partner may always speak about at a time, of
// each of the two sorts (see Subject.noticed).
const minHeld = 256

// contributor is what is kept of one partner: an even share of the memory, so
// that whoever floods the hub with subjects forgets its own and nobody else's.
// What was not used for longest is forgotten first.
type contributor struct {
	since time.Time  // of the telemetry that it first reported
	held  [2]holding // of what is weighed by presence, and of what is noticed

	extra int // points of its accounts beyond fewPoints of each,
	spare int // and how many there may be

	parked map[Subject]struct{} // see State.park
	voice  string               // when they were
}

// holding is a list of accounts by their last use.
type holding struct {
	oldest, newest *account
	n              int
}

func (h *holding) push(a *account) {
	a.older, a.newer = h.newest, nil
	if h.newest != nil {
		h.newest.newer = a
	} else {
		h.oldest = a
	}
	h.newest = a
	h.n++
}

func (h *holding) remove(a *account) {
	if a.older != nil {
		a.older.newer = a.newer
	} else {
		h.oldest = a.newer
	}
	if a.newer != nil {
		a.newer.older = a.older
	} else {
		h.newest = a.older
	}
	a.older, a.newer = nil, nil
	h.n--
}

func (c *contributor) holds(about Subject) *holding {
	if about.noticed() {
		return &c.held[1]
	}
	return &c.held[0]
}

// share is how many accounts of a sort each partner may have.
func (s *State) share() int {
	return max(minHeld, s.cfg.MaxAccounts/max(len(s.contributors), 1))
}

// spare is how many points each partner may have beyond fewPoints an account.
// So the memory is bounded whatever partners say, and whoever agrees with them:
// all points take MaxAccounts (4 + 2) times 96 bytes, 288 MiB at the default of
// 2^19, and an account with four points and a subject of its own was measured at
// 1.5 KB in all. At worst that is 0.9 GiB, and a quarter of it at 2^17 accounts.
func (s *State) spare() int {
	return max(minHeld, 2*s.cfg.MaxAccounts/max(len(s.contributors), 1))
}

// contributor finds what is kept of a partner.
func (s *State) contributor(from access.PartnerID) *contributor {
	c := s.contributors[from]
	if c == nil {
		c = &contributor{}
		s.contributors[from] = c
	}
	return c
}

// find is the partner's account on a subject, if there is one; it counts as used.
func (s *State) find(about Subject, from access.PartnerID) (*evidence, *account) {
	ev := s.subjects[about]
	if ev == nil {
		return nil, nil
	}
	a := ev.byPartner[from]
	if a != nil {
		h := s.contributor(from).holds(about)
		h.remove(a)
		h.push(a)
	}
	return ev, a
}

// account finds the partner's account on a subject or makes one, at the expense
// of the one that the partner used least lately.
func (s *State) account(about Subject, from access.PartnerID) (*evidence, *account) {
	s.contributor(from).spare = s.spare()
	ev, a := s.find(about, from)
	if a != nil {
		return ev, a
	}
	h := s.contributor(from).holds(about)
	for h.n >= s.share() {
		s.evict(h, h.oldest)
	}
	if ev == nil {
		ev = &evidence{about: about, byPartner: make(map[access.PartnerID]*account, 1), outbreak: s.open[about]}
		if about.Kind == Inbound {
			ev.voices = make(tally)
		}
		s.subjects[about] = ev
	}
	a = &account{of: ev, from: s.contributor(from), partner: from}
	ev.byPartner[from] = a
	h.push(a)
	return ev, a
}

func (s *State) evict(h *holding, a *account) {
	h.remove(a)
	if a.weighs() {
		s.regroup(a.of.outbreak)
	}
	a.keep(nil)
	a.of.forget(a)
	delete(s.contributor(a.partner).parked, a.of.about)
	if len(a.of.byPartner) == 0 && a.of.outbreak == "" && a.of.after.IsZero() {
		s.drop(a.of)
	}
}

func (s *State) drop(ev *evidence) {
	delete(s.subjects, ev.about)
	delete(s.dirty, ev.about)
	delete(s.parked.surges, ev.about)
	s.unfollow(ev)
}

// Held is how many accounts are kept, each of what one partner said about one
// subject.
func (s *State) Held() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := 0
	for _, c := range s.contributors {
		n += c.held[0].n + c.held[1].n
	}
	return n
}
