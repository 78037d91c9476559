package protect

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

const (
	ruleQuarantine   = "what rests on a partner whose word no longer counts is taken back"
	reasonQuarantine = "without the word of a partner that is under quarantine too little is left that speaks for it"
	reasonDecided    = "decided by a partner that is under quarantine: a coordinator of another partner decides anew"
)

// errQuarantined says no more than it must: whoever asks may be the intruder.
var errQuarantined = fmt.Errorf("%w: this partner's word does not count now: speak to the hub's administrator by another way", ErrForbidden)

// errOwnQuarantined is for an administrator, who can do something about it.
var errOwnQuarantined = fmt.Errorf("%w: the partner that you act for is under quarantine, and this would be decided in its name: lift the quarantine, or use a token of the hub itself; automation can be stopped all the same", ErrForbidden)

// Quarantine is the word of an administrator, or a coordinator, that a partner is
// compromised: what it said since a time does not count, and what rests on that
// alone is recalled.
type Quarantine struct {
	Partner access.PartnerID `json:"partner"`
	Since   time.Time        `json:"since"` // by the ledger's clock
	On      bool             `json:"on"`
	Reason  string           `json:"reason"`
	By      string           `json:"by"`
	At      time.Time        `json:"at"`
}

func (q Quarantine) words() string {
	if q.On {
		return fmt.Sprintf("the word of %s since %s no longer counts: %s", q.Partner, q.Since.Format(time.RFC3339), q.Reason)
	}
	return fmt.Sprintf("the word of %s counts again: %s", q.Partner, q.Reason)
}

// quarantines are those that are on, by partner.
type quarantines map[access.PartnerID]InQuarantine

// InQuarantine is a quarantine that is on, and what it led to.
type InQuarantine struct {
	Quarantine
	// Recalled is how many protections rested on the partner and are taken back.
	Recalled int `json:"recalled"`
	// Lifted are values whose protection the partner recalled since then: no
	// rule brings those back, a coordinator looks at them; maxLifted at most.
	Lifted []string `json:"lifted,omitempty"`
}

const maxLifted = 1000

func (q quarantines) now(p access.PartnerID) bool {
	_, on := q[p]
	return on && p != ""
}

// Quarantine gives the entry that takes a partner's word away, or gives it back
// for the future. It takes a coordinator of another partner, or an administrator,
// whomever that one acts for; those alone are told, and nobody is told that a
// partner may be compromised who could be that partner.
func (s *State) Quarantine(by access.Principal, q Quarantine, now time.Time) (ledger.Draft, error) {
	what := "quarantine partner"
	if !q.On {
		what = "lift quarantine"
	}
	now = now.UTC().Truncate(time.Microsecond)
	as := by
	if by.AtLeast(access.Administrator) {
		as.Partner = "" // the hub's word: in the name of the partner itself it would be told to that partner
	}
	q.By, q.At, q.Since = name(as), now, q.Since.UTC().Truncate(time.Microsecond)
	s.mu.RLock()
	defer s.mu.RUnlock()
	before, on := s.acts.quarantines[q.Partner]
	if !q.On {
		q.Since = before.Since
	}
	err := access.CheckText("reason", q.Reason, maxReason)
	switch {
	case !by.AtLeast(access.Coordinator):
		err = fmt.Errorf("%w: it takes a coordinator of another partner, or an administrator", ErrForbidden)
	case !by.AtLeast(access.Administrator) && (by.Partner == q.Partner || s.acts.quarantines.now(by.Partner)):
		err = fmt.Errorf("%w: a partner does not judge itself, nor does one whose word does not count: it takes a coordinator of another partner, or an administrator", ErrForbidden)
	case err != nil:
	case q.Partner == "" || q.Partner == access.Hub:
		err = fmt.Errorf("%w: name a partner by its id", ErrInvalid)
	case !q.On && !on:
		err = fmt.Errorf("%w: %s is not under quarantine", ErrConflict, q.Partner)
	case q.On && q.Since.IsZero():
		err = fmt.Errorf("%w: \"since\" has to say from when on its word does not count", ErrInvalid)
	case q.On && q.Since.After(now):
		err = fmt.Errorf("%w: since %s lies ahead of the hub's clock", ErrInvalid, q.Since.Format(time.RFC3339))
	case q.On && on && !q.Since.Before(before.Since):
		err = fmt.Errorf("%w: %s is under quarantine already, since %s by %s: name an earlier time to reach further back", ErrConflict, q.Partner, before.Since.Format(time.RFC3339), before.By)
	}
	if err != nil {
		return ledger.Draft{}, fmt.Errorf("%s: %w", what, err)
	}
	return draft(KindQuarantined, as.Actor(), toOwner, q), nil
}

// Trusted fails with ErrForbidden for who acts for a partner under quarantine. An
// administrator is trusted whomever it acts for: else any coordinator could take
// the hub from who runs it, and nobody is left to give it back.
func (s *State) Trusted(by access.Principal) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.trusted(by)
}

func (s *State) trusted(by access.Principal) error {
	if !by.AtLeast(access.Administrator) && s.acts.quarantines.now(by.Partner) {
		return errQuarantined
	}
	return nil
}

// counts fails with ErrForbidden for who would decide in the name of a partner under
// quarantine: what such a partner decides is taken back, whoever spoke for it.
func (s *State) counts(by access.Principal) error {
	if by.AtLeast(access.Administrator) && s.acts.quarantines.now(by.Partner) {
		return errOwnQuarantined
	}
	return s.trusted(by)
}

// applyQuarantine folds a quarantine, or its end, which brings nothing back. It
// looks at every value: a rare act, and readers wait for it.
func (s *State) applyQuarantine(e ledger.Entry, q Quarantine) {
	s.acts.note(e, Event{Quarantine: &q})
	if !q.On {
		delete(s.acts.quarantines, q.Partner)
		return
	}
	in := InQuarantine{Quarantine: q, Recalled: s.acts.quarantines[q.Partner].Recalled}
	s.distrustWords(q.Partner, q.Since)
	for _, r := range s.values {
		if s.distrust(r, q) {
			in.Recalled++
		}
		if c := r.current; c != nil && c.Status == Revoked && c.By == string(q.Partner) && !c.Decided.Before(q.Since) {
			in.Lifted = append(in.Lifted, c.Text)
		}
	}
	slices.Sort(in.Lifted)
	in.Lifted = in.Lifted[:min(len(in.Lifted), maxLifted)]
	s.acts.quarantines[q.Partner] = in
}

// distrust takes from a value what a partner said about it, and notes what no
// longer rests on enough. A must-resolve stays: where a kill switch is lifted in
// error an attack runs on, while one that is there in error shields a name until
// it expires; Doubts lists it for coordinators.
func (s *State) distrust(r *record, q Quarantine) (recalled bool) {
	s.dropProposals(r, func(old *slot) bool { return old.By == string(q.Partner) && !old.Decided.Before(q.Since) })
	lost := r.evidence.retract(q.Partner, q.Since)
	weak := lost && s.witnesses(r) == nil
	if weak {
		r.due = 0
	}
	switch held := r.current; {
	case !held.holds() || held.Polarity == MustResolve:
	case held.automatic() && weak:
		return s.fall(held, reasonQuarantine)
	case held.By == string(q.Partner) && !held.Decided.Before(q.Since):
		return s.fall(held, reasonDecided)
	}
	return false
}

// fall notes that the rule has to take a protection back, and says whether that
// is new.
func (s *State) fall(held *slot, why string) bool {
	before := held.fallen
	held.fallen = why
	s.doubtful.add(held, time.Time{})
	return before == ""
}

// suspect notes a decision that its partner had on the way when it fell under
// quarantine.
func (s *State) suspect(next *slot) {
	if next.Polarity != MustResolve && s.acts.quarantines.now(access.PartnerID(next.By)) {
		s.fall(next, reasonDecided)
	}
}

// Quarantines are those that are on, for coordinators of partners whose word
// counts; for others none.
func (s *State) Quarantines(by access.Principal) []InQuarantine {
	list := []InQuarantine{}
	if !by.AtLeast(access.Coordinator) || errors.Is(s.Trusted(by), ErrForbidden) {
		return list
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, q := range s.acts.quarantines {
		list = append(list, q)
	}
	slices.SortFunc(list, func(a, b InQuarantine) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Partner, b.Partner))
	})
	return list
}
