package response

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/disclosure"
)

// Account is what a partner promised and did, as far as the principal may see
// it: its own at once, that of another later. Of a partner that shows it to
// nobody of the kind it is access.ErrNotFound.
func (s *State) Account(p access.Principal, of access.PartnerID, now time.Time) (Account, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.maySeeAccount(p, of); err != nil {
		return Account{}, err
	}
	sight := s.cfg.sight(p.Partner == of, now)
	return account(of, s.accounts.buckets(of, s.accounts.visible(p), sight), sight, now), nil
}

// Accounts are those of all other partners that take part and that the principal
// may see, in the order of their ids: it is no ranking.
func (s *State) Accounts(p access.Principal, now time.Time) []Account {
	s.mu.RLock()
	defer s.mu.RUnlock()
	sight, visible := s.cfg.sight(false, now), s.accounts.visible(p)
	list := []Account{}
	for _, id := range s.calls.partners.Members(access.DefaultCommunity) {
		if id != p.Partner && s.maySeeAccount(p, id) == nil {
			list = append(list, account(id, s.accounts.buckets(id, visible, sight), sight, now))
		}
	}
	return list
}

// Dealings are the single commitments and questions behind an Account, the newest
// first.
func (s *State) Dealings(p access.Principal, of access.PartnerID, now time.Time) ([]Dealing, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.maySeeAccount(p, of); err != nil {
		return nil, err
	}
	sight, visible, list := s.cfg.sight(p.Partner == of, now), s.accounts.visible(p), []Dealing{}
	if known := s.accounts.of[of]; known != nil {
		for _, l := range slices.Backward(known.lines) {
			if sight.own || visible[l.origin] {
				list = append(list, l.dealings(known, sight, s.cfg.delay())...)
			}
		}
	}
	return list, nil
}

// AccountSummary sums all partners up for the members of the community, each as
// others see it; guests are refused, access.ErrForbidden. Sectors and countries
// together show nothing of fewer organisations than one group does
// (disclosure.Both).
func (s *State) AccountSummary(p access.Principal, now time.Time) (AccountSummary, error) {
	if !p.MaySee("", access.ToCommunity(access.Amber)) {
		return AccountSummary{}, fmt.Errorf("accountability: %w: what all promised and did together the community's members are told, and no guests", access.ErrForbidden)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	sight, visible := s.cfg.sight(false, now), s.accounts.visible(p)
	columns := []string{"in_time", "late", "broken", "rolled_back", "volunteered", "asked", "answered", "silent"}
	sums := make(map[string][]int64)
	firsts := newHeadcount()
	for _, id := range slices.Sorted(maps.Keys(s.accounts.of)) {
		a := account(id, s.accounts.buckets(id, visible, sight), sight, now)
		k := a.Commitments
		counts := []int64{int64(k.InTime), int64(k.Late), int64(k.Broken), int64(k.RolledBack), int64(k.Volunteers), int64(a.Asks.Asked), int64(a.Asks.Answered), int64(a.Asks.Silent)}
		if !slices.ContainsFunc(counts, func(n int64) bool { return n > 0 }) {
			continue // was never asked, and promised nothing
		}
		who := s.calls.who(id)
		firsts.add(who)
		org := organisation(who)
		if sums[org] == nil {
			sums[org] = make([]int64, len(columns))
		}
		for i, n := range counts {
			sums[org][i] += n
		}
	}
	sectors, countries := disclosure.Both(cells(firsts, sums), s.cfg.smallestGroup())
	return AccountSummary{
		AsOf: now, Columns: columns, Least: s.cfg.smallestGroup(), TooFew: len(sectors) == 0,
		Sectors: sectors, Countries: countries,
	}, nil
}

// cells are the organisations' counts by the sector and the country of each one's
// first partner.
func cells(firsts headcount, sums map[string][]int64) []disclosure.Cell {
	var list []disclosure.Cell
	at := make(map[[2]string]int)
	for _, org := range slices.Sorted(maps.Keys(sums)) {
		first := firsts.organisations[org]
		key := [2]string{first.Sector, first.Country}
		i, known := at[key]
		if !known {
			i = len(list)
			at[key] = i
			list = append(list, disclosure.Cell{First: key[0], Second: key[1], Counts: make([]int64, len(sums[org]))})
		}
		list[i].Organisations++
		for column, n := range sums[org] {
			list[i].Counts[column] += n
		}
	}
	return list
}

// maySeeAccount is the release rule for what a partner's account says: its own, and
// for whom it chose; and, as coordinators have to know whom to rely on, for
// coordinators of partners. Others learn no more than that there is none for them.
func (s *State) maySeeAccount(p access.Principal, of access.PartnerID) error {
	to := access.Audience{TLP: access.Red}
	if known := s.accounts.of[of]; known != nil {
		to.Recipients = known.shown
	}
	_, present := s.calls.partners.Partner(of)
	coordinates := p.Partner != "" && p.AtLeast(access.Coordinator) && present
	if !coordinates && !p.MaySee(of, to) {
		return fmt.Errorf("accountability of %q: %w", of, access.ErrNotFound)
	}
	return nil
}

// visible says of each origin whether the principal may see what comes from it.
func (acc *accounts) visible(p access.Principal) []bool {
	list := make([]bool, len(acc.owners))
	for i, o := range acc.owners {
		list[i] = p.MaySee(o.by, o.audience)
	}
	return list
}

// buckets are those of a partner that are seen. What it was asked it sees all of,
// also when it has left the community in which it was.
func (acc *accounts) buckets(of access.PartnerID, visible []bool, s sight) []*bucket {
	known := acc.of[of]
	if known == nil {
		return nil
	}
	list := make([]*bucket, 0, len(known.buckets))
	for n, b := range known.buckets {
		if s.own || visible[n] {
			list = append(list, b)
		}
	}
	return list
}
