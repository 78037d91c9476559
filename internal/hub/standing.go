package hub

import (
	"fmt"
	"strings"
	"unique"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

type value = observable.Value

// standing is a decision with what its entry says of who may be told. Classes
// share it: it does not change.
type standing struct {
	protect.Protection
	owner    access.PartnerID
	audience *access.Audience
	barred   string // the guard that refuses it at export; "": none
}

// ended says that the decision puts nothing in force.
func (s *standing) ended() bool {
	return s.Status != protect.Active && s.Status != protect.Canary
}

// decision reads the entry of one.
func (o *outlets) decision(e ledger.Entry) (s *standing, err error) {
	a, err := access.ParseAudience(e.Audience)
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", e.Seq, err)
	}
	err = ledger.Fold(e, func(e ledger.Entry, p protect.Protection) {
		s = o.standing(p, access.PartnerID(e.Actor), a)
	})
	return s, err
}

// standing asks the guards once more. A must-resolve name's own guard is
// feed.Live's.
func (o *outlets) standing(p protect.Protection, owner access.PartnerID, a access.Audience) *standing {
	// A bulk says the same of a hundred thousand values.
	for _, text := range []*string{&p.Reason, &p.Rule, &p.By} {
		*text = unique.Make(*text).Value()
	}
	p.Guards = o.sameGuards(p.Guards)
	s := &standing{Protection: p, owner: owner, audience: o.shared(a)}
	if p.Polarity == protect.Block && !s.ended() {
		s.barred, _ = o.guards.Verdict(p.Value)
	}
	return s
}

// maxGuardLists is of how many lists of guards one copy is kept: they are as many as
// there were settings.
const maxGuardLists = 1000

// sameGuards is one copy of the guards that most decisions were put to.
func (o *outlets) sameGuards(asked []string) []string {
	text := strings.Join(asked, "\n")
	same, known := o.asked[text]
	if !known && len(o.asked) < maxGuardLists {
		o.asked[text] = asked
	}
	if known {
		return same
	}
	return asked
}

// shared is one copy of what most decisions are marked with.
func (o *outlets) shared(a access.Audience) *access.Audience {
	if len(a.Recipients) > 0 {
		return &a
	}
	text := a.String()
	if o.audiences[text] == nil {
		o.audiences[text] = &a
	}
	return o.audiences[text]
}

// settle has a decision take the place of the one before about its value; false if
// that does not yield.
func (o *outlets) settle(next *standing) (step, bool) {
	old := o.all[next.Value]
	var current protect.Protection
	if old != nil {
		current = old.Protection
	}
	if !current.Yields(next.Protection) {
		return step{}, false
	}
	if next.ended() {
		delete(o.all, next.Value)
	} else {
		o.all[next.Value] = next
	}
	return step{old, next}, true
}

// follow takes in one decision, for every class.
func (o *outlets) follow(next *standing) {
	s, some := o.settle(next)
	if !some {
		return
	}
	o.singled(next)
	for _, c := range o.list() {
		c.mu.Lock()
		c.take(s)
		c.mu.Unlock()
	}
}

// singled notes who is told something that not all members are: from then on it
// has a class of its own. It gives those that had none.
func (o *outlets) singled(s *standing) (some []access.PartnerID) {
	if s.ended() || s.audience.TLP != access.Red && s.audience.Community == access.DefaultCommunity || s.audience.TLP == access.Clear {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range append(s.audience.Recipients[:len(s.audience.Recipients):len(s.audience.Recipients)], s.owner) {
		if p != "" && p != access.Hub && !o.alone[p] {
			o.alone[p] = true
			some = append(some, p)
		}
	}
	return some
}
