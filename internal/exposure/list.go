package exposure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Query is which vulnerabilities are asked for.
type Query struct {
	Known bool   // only those that are known to be exploited, also where too few report
	After string // the vulnerability with which the page before ended; "": from the beginning
	Limit int
}

// List is the vulnerabilities on which enough organisations have reported, and those
// that the partner itself reports, worst first: those known to be exploited to which
// somebody is exposed, then by how many hosts are exposed or unsupported, those of
// one number by name. Where too few report, the partner's own hosts count. more says
// that there are more after the page. Of a vulnerability of which nothing is said any
// more no page can begin: ErrNotFound.
//
// That one is on the list, and where, says no more than its board.
func (s *State) List(who access.Principal, q Query) (page []Summary, more bool, err error) {
	if err := mayAsk(who); err != nil {
		return nil, false, fmt.Errorf("list exposure: %w", err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	own := s.holders[who.Partner]
	l := listing{State: s, own: own, reports: own.reported(len(s.ranks)), known: q.Known}
	after := worst{badness: beforeAll}
	if q.After != "" {
		number, there := s.numbers[q.After]
		if !there {
			return nil, false, fmt.Errorf("list exposure: %w: nothing is said of %.40q any more", access.ErrNotFound, q.After)
		}
		after = l.worst(number)
	}
	found := l.worstAfter(after, q.Limit+1)
	page = make([]Summary, 0, len(found))
	for _, w := range found[:min(len(found), q.Limit)] {
		page = append(page, s.summary(w.number, own))
	}
	return page, len(found) > q.Limit, nil
}

// reported marks the vulnerabilities that a partner reports, a bit each.
func (h *holder) reported(size int) []uint64 {
	bits := make([]uint64, (size+63)/64)
	if h != nil {
		for number := range h.first {
			bits[number/64] |= 1 << (number % 64)
		}
	}
	return bits
}

// worst is how bad a vulnerability is for who asks.
type worst struct {
	badness uint64 // 2 bits: 3 known and exposed, 2 exposed, 1 known, 0 neither; then the hosts
	number  uint32
}

// beforeAll is the badness of what comes before the first.
const beforeAll = ^uint64(0)

type listing struct {
	*State
	own     *holder
	reports []uint64
	known   bool
}

func (l *listing) mine(number uint32) bool { return l.reports[number/64]>>(number%64)&1 == 1 }

// listed says whether a vulnerability is on the list.
func (l *listing) listed(number uint32) bool {
	switch r := l.ranks[number]; {
	case !r.used:
		return false
	case l.known:
		return r.known
	default:
		return r.exposed >= 0 || l.mine(number)
	}
}

func (l *listing) worst(number uint32) worst {
	r := l.ranks[number]
	exposed := r.exposed
	if exposed < 0 {
		exposed = 0
		if l.mine(number) {
			own := l.own.sum(number)
			exposed = own.Exposed + own.Unsupported
		}
	}
	badness := uint64(exposed) // which is below 2^62: MaxAllRows times MaxCount
	if exposed > 0 {
		badness |= 2 << 62
	}
	if r.known {
		badness |= 1 << 62
	}
	return worst{badness, number}
}

// compare orders the worst first.
func (l *listing) compare(a, b worst) int {
	if a.badness != b.badness {
		return cmp.Compare(b.badness, a.badness)
	}
	return strings.Compare(l.vulns[a.number].name, l.vulns[b.number].name)
}

// worstAfter is the keep worst ones after one. It goes through all once, and holds
// at most twice as many.
func (l *listing) worstAfter(after worst, keep int) []worst {
	best := make([]worst, 0, 2*keep)
	cut := false // best has lost those after its keep-th, which is the last that counts
	for i := range l.ranks {
		if !l.listed(uint32(i)) {
			continue
		}
		w := l.worst(uint32(i))
		if l.compare(after, w) >= 0 || cut && l.compare(best[keep-1], w) < 0 {
			continue
		}
		if best = append(best, w); len(best) == cap(best) {
			l.nth(best, keep-1)
			best, cut = best[:keep], true
		}
	}
	slices.SortFunc(best, l.compare)
	return best[:min(len(best), keep)]
}

// nth puts in its place the one that would be there if the list were sorted, those
// before it before it and those after it behind (Hoare, Algorithm 65: Find,
// Communications of the ACM 4, 1961).
func (l *listing) nth(list []worst, place int) {
	for low, high := 0, len(list)-1; low < high; {
		pivot, i, j := list[low+(high-low)/2], low, high
		for i <= j {
			for l.compare(list[i], pivot) < 0 {
				i++
			}
			for l.compare(pivot, list[j]) < 0 {
				j--
			}
			if i <= j {
				list[i], list[j] = list[j], list[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case place <= j:
			high = j
		case place >= i:
			low = i
		default:
			return
		}
	}
}
