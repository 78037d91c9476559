package exposure

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/disclosure"
)

// was is what a partner said of a vulnerability when it last settled.
type was struct {
	holder *holder
	said   bool // anything
	statement
}

// statement is what one partner says, and for which organisation, sector and country.
type statement struct {
	voice           voice
	sector, country string
	counts          Counts
}

func (h *holder) says(number uint32) statement {
	return statement{h.voice(), h.sector, h.country, h.sum(number)}
}

// keep writes down what a partner says of a vulnerability before that changes.
func (s *State) keep(h *holder, number uint32) {
	v := &s.vulns[number]
	if !s.settling || slices.ContainsFunc(v.unsettled, func(w was) bool { return w.holder == h }) {
		return
	}
	_, reports := h.first[number]
	v.unsettled = append(v.unsettled, was{h, reports, h.says(number)})
}

// settle is called after a change: where as many organisations as a sum needs have
// changed what they say, what is said now is what is told from now on.
func (s *State) settle(number uint32, at time.Time) {
	v := &s.vulns[number]
	if len(v.unsettled) < s.least {
		return
	}
	changed := map[voice]bool{}
	for _, w := range v.unsettled {
		changed[w.voice] = true
	}
	if len(changed) >= s.least {
		v.unsettled, v.settled = nil, at
	}
}

// Settled is the board for who can ask of any moment, of a state that is Settling:
// the sums are as they were when as many organisations as a sum needs had last said
// something new of the vulnerability since the time before, so that two such boards
// never differ by what fewer have said; and when that was. What is the reader's own
// is as it stands. The zero time: there is no such moment yet, and no sum.
func (s *State) Settled(who access.Principal, name string) (Board, time.Time, error) {
	b, err := s.Board(who, name)
	if err != nil {
		return b, time.Time{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	b.FewerThan, b.Organisations, b.Counts, b.NotReporting = s.least, 0, nil, 0
	b.BySector, b.ByCountry = []Part{}, []Part{}
	number, there := s.numbers[b.Vulnerability]
	if !there {
		return b, time.Time{}, nil
	}
	v := &s.vulns[number]
	var list []statement
	for _, h := range v.holders {
		if !slices.ContainsFunc(v.unsettled, func(w was) bool { return w.holder == h }) {
			list = append(list, h.says(number))
		}
	}
	for _, w := range v.unsettled {
		if w.said {
			list = append(list, w.statement)
		}
	}
	cells, sum, organisations := divided(list)
	if organisations < s.least {
		return b, v.settled, nil
	}
	b.FewerThan, b.Organisations, b.Counts, b.NotReporting = 0, organisations, &sum, max(0, s.voices()-organisations)
	sectors, countries := disclosure.Both(cells, s.least)
	b.BySector, b.ByCountry = parts(sectors), parts(countries)
	return b, v.settled, nil
}
