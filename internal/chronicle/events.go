package chronicle

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Event is something that happened: an entry, and what it is about.
type Event struct {
	At      time.Time
	Seq     ledger.Seq
	Kind    ledger.Kind
	By      string // a partner, the hub, or "administrator"
	About   string // the id of a protection, an action or another outbreak
	Title   string // of a protection its value
	TLP     access.TLP
	Text    string // what was said, or the rule that rang
	Hosts   int    // of an outbreak, as far as may be told by then (outbreak.State.Hosts)
	Into    bool   // About goes on as this one
	False   bool   // it ended as a false alarm
	Status  protect.Status
	Partner int // how many had reported
}

// KindJoined is of the event that a partner has reported an outbreak for the first
// time; there is no entry of this kind: it is of whatever entry made it known.
const KindJoined ledger.Kind = "partner.reported"

// Key tells an event from others of the same time, and orders it among them.
func (e Event) Key() string { return fmt.Sprintf("%020d", e.Seq) + e.About + e.By }

// newer orders events the newest first, those of one microsecond by their keys.
func newer(a, b Event) int {
	return cmp.Or(cmp.Compare(b.At.UnixMicro(), a.At.UnixMicro()), cmp.Compare(b.Seq, a.Seq), cmp.Compare(b.About+b.By, a.About+a.By))
}

// Part says which events are wanted.
type Part struct {
	Until  time.Time
	Before int64                  // microseconds since 1970; 0: no further bound. Only older events are wanted,
	Key    string                 // or of the same microsecond those with a smaller Key
	Kinds  func(ledger.Kind) bool // nil: all
	Limit  int                    // how many, the newest; 0: all
}

// Events are what happened to an outbreak, as far as the reader may be told: the part
// that is wanted, the newest first.
func (s *State) Events(who access.Principal, id string, wanted Part) ([]Event, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if _, err := s.visible(who, id, wanted.Until); err != nil {
		return nil, err
	}
	l := latest{Part: wanted}
	for _, one := range s.rows(who, id, wanted.Until) {
		l.take(who, one)
	}
	l.cut()
	return l.list, nil
}

// latest collects the newest of what it is given. What is older than the oldest of
// enough is not made at all.
type latest struct {
	Part
	list  []Event
	floor int64 // microseconds; nothing older is wanted
}

func (l *latest) take(who access.Principal, r row) {
	until := l.Until
	if end := time.UnixMicro(l.Before + 1); l.Before > 0 && end.Before(until) {
		until = end
	}
	for i := countUntil(r, until) - 1; i >= 0 && r.at(i).UnixMicro() >= l.floor; i-- {
		if l.Kinds != nil && !l.Kinds(r.kind(i)) || !r.shown(who, i) {
			continue
		}
		if e := r.event(i); l.older(e) {
			l.list = append(l.list, e)
		}
		if l.Limit > 0 && len(l.list) >= 2*l.Limit {
			l.cut()
		}
	}
}

// older says whether an event is before the bound that was asked for.
func (l *latest) older(e Event) bool {
	at := e.At.UnixMicro()
	return l.Before == 0 || at < l.Before || at == l.Before && e.Key() < l.Key
}

// cut keeps no more than are wanted, in order.
func (l *latest) cut() {
	slices.SortFunc(l.list, newer)
	if l.Limit > 0 && len(l.list) >= l.Limit {
		l.list = l.list[:l.Limit]
		l.floor = l.list[l.Limit-1].At.UnixMicro()
	}
}

// Around is when the last event before a moment was, and the first after it that has
// happened by now; the zero time: there is none.
func (s *State) Around(who access.Principal, id string, t, now time.Time) (before, after time.Time) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if _, err := s.visible(who, id, now); err != nil {
		return before, after
	}
	for _, r := range s.rows(who, id, now) {
		n := countUntil(r, t)
		for i := n - 1; i >= 0 && r.at(i).After(before); i-- {
			if r.at(i).Before(t) && r.shown(who, i) {
				before = r.at(i)
			}
		}
		for i := n; i < r.count() && !r.at(i).After(now) && (after.IsZero() || r.at(i).Before(after)); i++ {
			if r.shown(who, i) {
				after = r.at(i)
			}
		}
	}
	return before, after
}
