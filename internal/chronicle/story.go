package chronicle

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// story is one outbreak.
type story struct {
	id      string
	belongs Belongs
	tlp     access.TLP // the narrowest that an entry of it was ever marked

	turns     []turn
	partners  []joined
	sectors   []joined
	countries []joined
	hosts     []point
	known     map[string]bool // of the three above, with what it is before it

	shields []*membership
	actions []*action
	steps   int
}

// turn is an entry of the outbreak's own, or one that says of it.
type turn struct {
	at   place
	kind ledger.Kind
	by   string
	text string
	// what of the outbreak the entry says, without its lists of partners and reports;
	// of a word nothing
	outbreak outbreak.Outbreak
	audience access.Audience // of a word
}

// place is where on the ledger something is.
type place struct {
	seq ledger.Seq
	at  time.Time
}

type joined struct {
	place
	name string
}

// point is a number from an entry on.
type point struct {
	place
	n int
}

func placed(e ledger.Entry) place { return place{e.Seq, e.Time} }

// until is how many of a list are not later than a time: entries' times never go back.
func until[T any](list []T, t time.Time, at func(T) time.Time) int {
	n, _ := slices.BinarySearchFunc(list, t, func(one T, t time.Time) int {
		if at(one).After(t) {
			return 1
		}
		return -1
	})
	return n
}

// note adds a number if it is another one, and keeps the row within its bound.
func note(row []point, at place, n, bound int) []point {
	if k := len(row); k > 0 && row[k-1].n == n {
		return row
	}
	if len(row) >= bound {
		kept := row[:0]
		for i, one := range row {
			if i%2 == 0 || i >= len(row)*3/4 {
				kept = append(kept, one)
			}
		}
		row = kept
	}
	return append(row, point{at, n})
}

// last is the number at a moment.
func last(row []point, t time.Time) int {
	if n := until(row, t, func(p point) time.Time { return p.at }); n > 0 {
		return row[n-1].n
	}
	return 0
}

// decided takes an entry of an outbreak, if the room took it.
func (s *State) decided(e ledger.Entry, o outbreak.Outbreak) {
	if !slices.Contains(s.rooms.Outbreaks.Altered(), o.ID) {
		return
	}
	of := s.stories[o.ID]
	if of == nil {
		if e.Kind != outbreak.KindRaised {
			return
		}
		of = &story{id: o.ID, known: map[string]bool{}}
		s.stories[o.ID] = of
		s.raised = append(s.raised, o.ID)
		for _, one := range s.words {
			if To(o).Warning(one.Warning) {
				of.turns = append(of.turns, one.turn)
			}
		}
	}
	of.tlp = access.Narrower(green(of.tlp), green(o.TLP))
	of.grow(e, o, s.rooms.Outbreaks.Hosts(o.ID))
	slim := o
	slim.Partners, slim.Evidence, slim.Sectors, slim.Countries, slim.Sources = nil, nil, nil, nil, 0
	by := e.Actor
	if o.By != "" {
		by = o.By
	}
	text := o.Because
	if e.Kind == outbreak.KindRaised {
		text = o.Rule
	}
	of.turns = append(of.turns, turn{at: placed(e), kind: e.Kind, by: by, text: clipped(text), outbreak: slim})
	if o.Status == outbreak.Merged {
		s.merged[o.Into] = append(without(s.merged[o.Into], of), of)
	}
	s.index(of, o)
	s.adopt(e, of)
	s.forget()
}

// index has decisions find the outbreak by what belongs to it.
func (s *State) index(of *story, o outbreak.Outbreak) {
	now := To(o)
	for v := range now.values {
		if !slices.Contains(s.values[v], of) {
			s.values[v] = append(s.values[v], of)
		}
	}
	for id := range now.reports {
		if !slices.Contains(s.reports[id], of) {
			s.reports[id] = append(s.reports[id], of)
		}
	}
	of.belongs = now
}

// grow notes who and what is new of an outbreak, and how many hosts may be told of it.
func (of *story) grow(e ledger.Entry, o outbreak.Outbreak, hosts int) {
	of.tlp = access.Narrower(green(of.tlp), green(o.TLP))
	add := func(list *[]joined, what, name string) {
		if key := what + name; !of.known[key] {
			of.known[key] = true
			*list = append(*list, joined{placed(e), name})
		}
	}
	if len(o.Partners) > len(of.partners) {
		for _, p := range o.Partners {
			add(&of.partners, "p", string(p))
		}
	}
	for _, name := range o.Sectors {
		add(&of.sectors, "s", name)
	}
	for _, name := range o.Countries {
		add(&of.countries, "c", name)
	}
	if hosts > 0 {
		of.hosts = note(of.hosts, placed(e), hosts, maxPoints)
	}
}

// word takes a person's word about an outbreak that there is.
func (s *State) word(e ledger.Entry, w outbreak.Warning) {
	audience, err := access.ParseAudience(e.Audience)
	if err != nil {
		return // nobody's
	}
	one := turn{at: placed(e), kind: e.Kind, by: e.Actor, text: clipped(w.Reason), audience: audience}
	for _, id := range s.raised {
		if of := s.stories[id]; of.belongs.Warning(w) {
			of.turns = append(of.turns, one)
		}
	}
	if s.words = append(s.words, said{w, one}); len(s.words) > maxWords {
		s.words = slices.Delete(s.words, 0, 1)
	}
}

// said is a word that an alarm may rest on which is still to come.
type said struct {
	outbreak.Warning
	turn turn
}

// forget keeps the number of stories within its bound: those go first that ended
// first; while all are open, the oldest. The newest, which is open, is never the one.
func (s *State) forget() {
	for len(s.raised) > maxStories {
		of := s.stories[s.raised[0]]
		for _, id := range s.raised[1:] {
			if one := s.stories[id]; one.over() && (!of.over() || one.ended().Before(of.ended())) {
				of = one
			}
		}
		s.raised = slices.DeleteFunc(s.raised, func(id string) bool { return id == of.id })
		delete(s.stories, of.id)
		delete(s.merged, of.id)
		for into, list := range s.merged {
			if list = without(list, of); len(list) == 0 {
				delete(s.merged, into)
			} else {
				s.merged[into] = list
			}
		}
		for v := range of.belongs.values {
			if s.values[v] = without(s.values[v], of); len(s.values[v]) == 0 {
				delete(s.values, v)
			}
		}
		for id := range of.belongs.reports {
			if s.reports[id] = without(s.reports[id], of); len(s.reports[id]) == 0 {
				delete(s.reports, id)
			}
		}
		for _, a := range of.actions {
			delete(s.actions, a.id)
		}
		for _, m := range of.shields {
			if m.shield.of--; m.shield.of == 0 {
				delete(s.shields, m.shield.ID)
			}
		}
	}
}

// over says that nothing of the outbreak's own comes any more.
func (of *story) over() bool { return of.status(future).Status != outbreak.Open }

// ended is when its latest entry of its own was.
func (of *story) ended() (at time.Time) {
	for _, one := range of.turns {
		if one.outbreak.ID != "" {
			at = one.at.at
		}
	}
	return at
}

// future is later than every entry.
var future = time.Unix(1<<40, 0)

func without(list []*story, of *story) []*story {
	return slices.DeleteFunc(list, func(one *story) bool { return one == of })
}

// status is the outbreak as its latest entry up to a moment says.
func (of *story) status(t time.Time) (o outbreak.Outbreak) {
	for _, one := range of.turns {
		if !one.at.at.After(t) && one.outbreak.ID != "" {
			o = one.outbreak
		}
	}
	return o
}

func green(t access.TLP) access.TLP {
	if t == "" {
		return access.Green
	}
	return t
}

// clipped is a text of no more bytes than are kept, cut between characters.
func clipped(text string) string {
	if len(text) <= maxText {
		return text
	}
	n := maxText
	for n > 0 && text[n]&0xC0 == 0x80 {
		n--
	}
	return text[:n] + "…"
}
