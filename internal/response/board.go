package response

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Query says which actions are wanted; what is empty excludes nothing.
type Query struct {
	Status   Status
	Kind     Kind
	Outbreak string
	Template string
	Partner  access.PartnerID // that opened or leads it, was asked, or takes part
	Sector   string           // that was asked, or of which a partner was or takes part
	Verdict  VerdictState
	Waits    access.PartnerID // that was asked, by id or as one of many, and has not answered

	Overdue     bool // only those
	Volunteered bool // only those
	Brief       bool // without commitments, waiting and history
	After       ledger.Seq
	AfterID     ActionID // in place of After, for who is not told places; one that is not seen is the beginning
	Limit       int      // 0: as many as a page holds
}

// pageWeight bounds a page by what it holds, in commitments, events and partners
// waited for together: an action has up to a thousand of each, and a page has to
// be ready in 50 ms. A page holds one action at least.
const pageWeight = 10_000

// Page is the actions that the principal may see and that match, as they stand at
// now, the newest first, and the place of the next page; 0: there is none.
func (s *State) Page(p access.Principal, q Query, now time.Time) (page []Action, next ledger.Seq) {
	among := s.roll()
	match := s.matcher(q, among)
	s.mu.RLock()
	defer s.mu.RUnlock()
	end := len(s.order)
	if a, err := s.visible(p, q.AfterID); q.AfterID != "" && err == nil {
		q.After = a.seq
	}
	if q.After != 0 {
		end, _ = slices.BinarySearchFunc(s.order, q.After, func(a *record, seq ledger.Seq) int { return int(a.seq) - int(seq) })
	}
	page = []Action{}
	reader := s.reader(p)
	weight := 0
	var last ledger.Seq
	for _, a := range slices.Backward(s.order[:end]) {
		if !reader.sees(a) || !match(a, now) {
			continue
		}
		weight += a.weight(among, q.Brief)
		if len(page) > 0 && (weight > pageWeight || len(page) == q.Limit) {
			return page, last
		}
		page = append(page, s.view(a, p, among, q.Brief, now))
		last = a.seq
	}
	return page, 0
}

// weight is at most what the action brings to a page.
func (a *record) weight(among roll, brief bool) int {
	waits := a.silent + len(among.group(a))
	if brief {
		return 1 + waits/50
	}
	return 1 + len(a.order) + len(a.history) + waits
}

// matcher is the test of a query. Whatever takes long is asked once, and the
// cheapest first.
func (s *State) matcher(q Query, among roll) func(*record, time.Time) bool {
	var sector []access.PartnerID
	partner, waits := member{id: q.Partner}, member{id: q.Waits}
	for _, m := range among.members {
		if q.Sector != "" && m.words[0] == q.Sector {
			sector = append(sector, m.id)
		}
		if m.id == q.Partner {
			partner = m
		}
		if m.id == q.Waits {
			waits = m
		}
	}
	return func(a *record, now time.Time) bool {
		switch {
		case q.Kind != "" && a.Kind != q.Kind,
			q.Outbreak != "" && a.Outbreak != q.Outbreak,
			q.Template != "" && a.Template != q.Template,
			q.Volunteered && !a.Volunteered,
			q.Verdict != "" && a.verdict.State != q.Verdict,
			q.Status != "" && a.status() != q.Status,
			q.Overdue && !a.overdue(now),
			q.Partner != "" && !a.concerns(partner),
			q.Waits != "" && !a.waits(waits),
			q.Sector != "" && !a.ofSector(q.Sector, sector):
			return false
		}
		return true
	}
}

func (a *record) concerns(m member) bool {
	return a.By == m.id || a.owner == m.id || a.offered == m.id || a.parts[m.id] != nil || a.asksOf(m)
}

func (a *record) waits(m member) bool {
	stands := a.status()
	return a.parts[m.id] == nil && stands != Cancelled && stands != Refused && a.asksOf(m)
}

func (a *record) ofSector(sector string, members []access.PartnerID) bool {
	if a.names(sector) {
		return true
	}
	return slices.ContainsFunc(members, func(id access.PartnerID) bool { return a.parts[id] != nil || a.names(string(id)) })
}

// List is every action that the principal may see, as it stands at now, the
// newest first. It takes as long as there is much of it: pages are for people.
func (s *State) List(p access.Principal, now time.Time) []Action {
	among := s.roll()
	s.mu.RLock()
	defer s.mu.RUnlock()
	list, reader := []Action{}, s.reader(p)
	for _, a := range slices.Backward(s.order) {
		if reader.sees(a) {
			list = append(list, s.view(a, p, among, false, now))
		}
	}
	return list
}

// Get is one action as it stands at now, or access.ErrNotFound, also for an action
// that the principal may not see.
func (s *State) Get(p access.Principal, id ActionID, now time.Time) (Action, error) {
	among := s.roll()
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, err := s.visible(p, id)
	if err != nil {
		return Action{}, fmt.Errorf("get action %s: %w", id, err)
	}
	return s.view(a, p, among, false, now), nil
}

// Stand is how an action stands after its latest entry.
type Stand struct {
	Status Status
	Moot   bool // the entry changed nothing: another one came first
}

// Stands is how an action stands, whoever may see it; false if there is none.
func (s *State) Stands(id ActionID) (Stand, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, known := s.actions[id]
	if !known {
		return Stand{}, false
	}
	return Stand{a.status(), a.history[len(a.history)-1].Moot != ""}, true
}

// visible is the action if it exists and the principal may see it. The caller
// holds the lock.
func (s *State) visible(p access.Principal, id ActionID) (*record, error) {
	a, ok := s.actions[id]
	if !ok || !p.MaySee(a.By, a.audience) {
		return nil, access.ErrNotFound
	}
	return a, nil
}
