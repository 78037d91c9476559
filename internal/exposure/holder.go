package exposure

import (
	"slices"
	"time"
	"unique"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// holder is a partner that takes part, with its rows.
type holder struct {
	id              access.PartnerID
	sector, country string
	organisation    string // "": it is one of its own
	with            []access.PartnerID

	rows  []row            // those in use and those that are free, in no order
	free  int32            // the first free row; -1: none
	first map[uint32]int32 // by a vulnerability's number: its first row
	used  int
	notes map[int32]string // by row: few have one
}

// row is a Row as it is kept. Counts fit: they are at most MaxCount.
type row struct {
	product                                           unique.Handle[string]
	reported                                          int64 // microseconds since 1970
	patched, exposed, unsupported, unknown, mitigated uint32
	asOf                                              uint32 // seconds since 1970; 0: not said
	next                                              int32  // of the same vulnerability, or the next free; -1: none
}

func newHolder(p access.Partner) *holder {
	return &holder{id: p.ID, sector: p.Sector, country: p.Country, organisation: p.Organisation, free: -1, first: map[uint32]int32{}, notes: map[int32]string{}}
}

func (r *row) counts() Counts {
	c := Counts{Patched: int64(r.patched), Exposed: int64(r.exposed), Unsupported: int64(r.unsupported), Unknown: int64(r.unknown), Mitigated: int64(r.mitigated)}
	c.Total = c.Patched + c.Exposed + c.Unsupported + c.Unknown
	return c
}

func (r *row) set(from Row, at time.Time) {
	r.reported = at.UnixMicro()
	r.patched, r.exposed, r.unsupported, r.unknown = uint32(from.Patched), uint32(from.Exposed), uint32(from.Unsupported), uint32(from.Unknown)
	r.mitigated, r.asOf = uint32(from.Mitigated), 0
	if !from.AsOf.IsZero() {
		r.asOf = uint32(from.AsOf.Unix())
	}
}

// find is the row of a vulnerability and a product and the one before it; -1: there
// is none. count is how many of the vulnerability there are before it.
func (h *holder) find(number uint32, product unique.Handle[string]) (at, before int32, count int) {
	at, before = -1, -1
	i, some := h.first[number]
	if !some {
		return at, before, 0
	}
	for ; i >= 0; before, i = i, h.rows[i].next {
		if h.rows[i].product == product {
			return i, before, count
		}
		count++
	}
	return -1, before, count
}

// add makes a row of a vulnerability after the one before, -1 for the first.
func (h *holder) add(number uint32, before int32, product unique.Handle[string]) int32 {
	i := h.free
	if i >= 0 {
		h.free = h.rows[i].next
	} else {
		i = int32(len(h.rows))
		h.rows = append(h.rows, row{})
	}
	h.rows[i] = row{product: product, next: -1}
	if before < 0 {
		h.first[number] = i
	} else {
		h.rows[before].next = i
	}
	h.used++
	return i
}

// remove takes a row out.
func (h *holder) remove(number uint32, at, before int32) {
	switch next := h.rows[at].next; {
	case before >= 0:
		h.rows[before].next = next
	case next >= 0:
		h.first[number] = next
	default:
		delete(h.first, number)
	}
	delete(h.notes, at)
	h.rows[at] = row{next: h.free}
	h.free = at
	h.used--
}

// each calls do for the rows of a vulnerability.
func (h *holder) each(number uint32, do func(int32, *row)) {
	i, some := h.first[number]
	if !some {
		return
	}
	for ; i >= 0; i = h.rows[i].next {
		do(i, &h.rows[i])
	}
}

// sum is what the partner says of a vulnerability, all products together.
func (h *holder) sum(number uint32) (c Counts) {
	h.each(number, func(_ int32, r *row) { c.add(r.counts(), 1) })
	return c
}

// voice is the organisation that a partner speaks for: one with a name, or itself.
type voice struct {
	organisation string
	partner      access.PartnerID
}

func (h *holder) voice() voice {
	if h.organisation != "" {
		return voice{organisation: h.organisation}
	}
	return voice{partner: h.id}
}

// joined lets a partner in, or says anew who it is.
func (s *State) joined(e ledger.Entry, p access.Partner) {
	h, again := s.holders[p.ID]
	if !again {
		h = newHolder(p)
		s.holders[p.ID] = h
		s.speak(h, p.Organisation)
		return
	}
	for number := range h.first {
		s.keep(h, number)
	}
	h.sector, h.country = p.Sector, p.Country
	s.speakFor(h, p.Organisation)
	for number := range h.first {
		s.settle(number, e.Time)
	}
}

func (s *State) changed(e ledger.Entry, to access.Designation) {
	if h, here := s.holders[to.Partner]; here {
		s.speakFor(h, to.Organisation)
		for number := range h.first {
			s.settle(number, e.Time)
		}
	}
}

// left removes a partner with all its rows.
func (s *State) left(e ledger.Entry, gone access.Departure) {
	h, here := s.holders[gone.Partner]
	if !here {
		return
	}
	for number := range h.first {
		s.keep(h, number)
		s.vulns[number].sum.add(h.sum(number), -1)
		s.silent(h, number)
		s.settle(number, e.Time)
	}
	s.rows -= h.used
	s.hush(h)
	delete(s.holders, h.id)
}

// speakFor moves a partner from one organisation to another: each vulnerability
// that it reports may have one more or one fewer.
func (s *State) speakFor(h *holder, organisation string) {
	if h.organisation == organisation {
		return
	}
	for number := range h.first {
		s.keep(h, number)
		s.vulns[number].organisations -= s.alone(h, number)
	}
	s.hush(h)
	s.speak(h, organisation)
	for number := range h.first {
		s.vulns[number].organisations += s.alone(h, number)
		s.rank(number)
	}
}

func (s *State) speak(h *holder, organisation string) {
	if h.organisation = organisation; organisation != "" {
		s.of[organisation] = append(s.of[organisation], h)
	}
}

func (s *State) hush(h *holder) {
	if h.organisation == "" {
		return
	}
	rest := slices.DeleteFunc(s.of[h.organisation], func(o *holder) bool { return o == h })
	if s.of[h.organisation] = rest; len(rest) == 0 {
		delete(s.of, h.organisation)
	}
}

// alone is 1 if no other partner of its organisation reports a vulnerability, else 0.
func (s *State) alone(h *holder, number uint32) int {
	for _, o := range s.of[h.organisation] {
		if _, too := o.first[number]; too && o != h {
			return 0
		}
	}
	return 1
}
