package chronicle

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// shield is a protection that belongs to an outbreak, or to several.
type shield struct {
	protect.Decision // of which only what never changes is read, and its time
	of               int
	now              marked // as the latest entry of it was, of which a renewal is one
	steps            []ShieldStep
	held             []point                   // partners that have it in force
	holders          map[access.PartnerID]bool // now; true: its word counts
}

// membership is since when a protection belongs to an outbreak.
type membership struct {
	*shield
	since place
}

// ShieldStep is a change of a protection's state.
type ShieldStep struct {
	At     time.Time
	Seq    ledger.Seq
	Status protect.Status
	By     string // the hub, a partner, or "administrator"
	Reason string
	to     marked
}

func over(status protect.Status) bool {
	return status == protect.Revoked || status == protect.Expired
}

// protection takes a decision.
func (s *State) protection(e ledger.Entry, next protect.Protection) {
	of := s.shields[next.ID]
	if of != nil {
		s.decide(e, of, next)
	}
	for _, one := range s.concerned(next) {
		s.take(e, one, next)
	}
	if s.shields[next.ID] == nil {
		if s.recent = append(s.recent, brief(next)); len(s.recent) > maxRecent {
			s.recent = slices.Delete(s.recent, 0, maxRecent/8)
		}
	}
}

// brief is what is needed to find it once more.
func brief(p protect.Protection) protect.Protection {
	return protect.Protection{ID: p.ID, Value: p.Value, Evidence: p.Evidence, Reason: p.Reason}
}

// concerned are the outbreaks that a decision belongs to.
func (s *State) concerned(next protect.Protection) []*story {
	list := slices.Clone(s.values[next.Value])
	for _, id := range next.Evidence {
		list = append(list, s.reports[id]...)
	}
	for rest := next.Reason; ; {
		_, after, more := strings.Cut(rest, outbreakPrefix)
		if !more {
			break
		}
		if of := s.stories[outbreakPrefix+after[:min(len(after), uuidLength)]]; of != nil {
			list = append(list, of)
		}
		rest = after
	}
	slices.SortFunc(list, func(a, b *story) int { return strings.Compare(a.id, b.id) })
	list = slices.Compact(list)
	return slices.DeleteFunc(list, func(of *story) bool { return !of.belongs.Protection(next) })
}

const (
	outbreakPrefix = "outbreak--"
	shieldPrefix   = "protection--"
	uuidLength     = 36
)

// adopt looks for what was decided before the outbreak named it.
func (s *State) adopt(e ledger.Entry, of *story) {
	for _, p := range s.recent {
		if of.belongs.Protection(p) {
			s.take(e, of, p)
		}
	}
	for _, v := range of.belongs.listed() {
		if p, known := s.rooms.Protections.Get(v); known {
			s.take(e, of, p)
		}
	}
	for _, id := range s.sharedShields(of) {
		s.take(e, of, s.shields[id].Protection)
	}
	s.recent = slices.DeleteFunc(s.recent, func(p protect.Protection) bool { return s.shields[p.ID] != nil })
}

// sharedShields are those of other outbreaks that belong to this one as well.
func (s *State) sharedShields(of *story) []string {
	var list []string
	for id, one := range s.shields {
		if of.belongs.Protection(one.Protection) {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

// take has a protection belong to an outbreak from now on.
func (s *State) take(e ledger.Entry, of *story, p protect.Protection) {
	one := s.shields[p.ID]
	if one != nil && slices.ContainsFunc(of.shields, func(m *membership) bool { return m.shield == one }) || len(of.shields) >= maxShields {
		return
	}
	if one == nil {
		d, known := s.rooms.Protections.DecisionOf(p.ID)
		if !known {
			return
		}
		one = &shield{Decision: d, now: marked{d.Owner, d.Audience}, holders: map[access.PartnerID]bool{}}
		for _, holder := range s.rooms.Protections.Holders(p.ID) {
			one.holders[holder] = true
		}
		s.shields[p.ID] = one
		one.held = note(nil, placed(e), one.holding(), maxHeld)
		at := e.Time
		if e.Kind == protect.KindDecided {
			one.now = markedOf(e)
		} else {
			at = earlierOf(d.Decided, at) // it was decided before the outbreak named it
		}
		one.steps = []ShieldStep{{At: at, Seq: e.Seq, Status: d.Status, By: d.By, Reason: clipped(d.Reason), to: one.now}}
	}
	one.of++
	of.shields = append(of.shields, &membership{one, placed(e)})
}

// earlierOf is when a decision was made, which is no later than the entry that tells of it.
func earlierOf(a, b time.Time) time.Time {
	if a.IsZero() || a.After(b) {
		return b
	}
	return a
}

// decide takes a further decision: what has ended stays so, and a renewal is no step.
func (s *State) decide(e ledger.Entry, of *shield, next protect.Protection) {
	before := of.Protection
	if over(before.Status) {
		return
	}
	of.now = markedOf(e)
	if before.Status == next.Status && next.Renewed.After(before.Renewed) {
		of.Protection = next
		return
	}
	d, known := s.rooms.Protections.DecisionOf(next.ID)
	if !known {
		return
	}
	of.Decision = d
	of.Protection = next
	of.steps = append(of.steps, ShieldStep{At: e.Time, Seq: e.Seq, Status: next.Status, By: next.By, Reason: clipped(next.Reason), to: of.now})
}

// receipts takes a partner's word on where protections are in force.
func (s *State) receipts(e ledger.Entry) {
	from := access.PartnerID(e.Actor)
	for rest := e.Body; len(s.shields) > 0; {
		i := bytes.Index(rest, []byte(shieldPrefix))
		if i < 0 || len(rest) < i+len(shieldPrefix)+uuidLength {
			return
		}
		id := string(rest[i : i+len(shieldPrefix)+uuidLength])
		rest = rest[i+len(id):]
		of := s.shields[id]
		if of == nil {
			continue
		}
		if s.rooms.Protections.HeldBy(from, id) {
			of.holders[from] = !s.ignored[from]
		} else {
			delete(of.holders, from)
		}
		of.held = note(of.held, placed(e), of.holding(), maxHeld)
	}
}

// quarantine has a partner's word count no more, or count again.
func (s *State) quarantine(e ledger.Entry, q protect.Quarantine) {
	s.ignored[q.Partner] = q.On
	for _, of := range s.shields {
		if _, holds := of.holders[q.Partner]; holds {
			of.holders[q.Partner] = !q.On
			of.held = note(of.held, placed(e), of.holding(), maxHeld)
		}
	}
}

func (of *shield) holding() (n int) {
	for _, counts := range of.holders {
		if counts {
			n++
		}
	}
	return n
}
