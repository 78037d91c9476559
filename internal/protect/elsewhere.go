package protect

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// KindRecallProposed is the entry whose body is a RecallProposal.
const KindRecallProposed ledger.Kind = "protection.recall-proposed"

// RecallProposal is the word of a partner that a protection in force should go,
// such as another hub's that took back its own. Nothing ends by it: a coordinator
// recalls, or decides anew, which answers it.
type RecallProposal struct {
	observable.Value
	Protection string    `json:"protection"` // the id of what is in force here
	Reason     string    `json:"reason"`
	By         string    `json:"by"`
	At         time.Time `json:"at"`
}

// RuleProposalWithdrawn is the rule of a proposal that its own partner took back: it
// says nothing against what others have decided.
const RuleProposalWithdrawn = "a partner took its own proposal back"

// maxRecallProposals bounds those of one protection; each partner has one.
const maxRecallProposals = 64

// Proposed is a partner's open proposal of a polarity for a value.
func (s *State) Proposed(by access.Principal, v observable.Value, p Polarity) (Protection, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if own := s.proposedBy(by, v, p); own != nil {
		return own.Protection, true
	}
	return Protection{}, false
}

func (s *State) proposedBy(by access.Principal, v observable.Value, p Polarity) *slot {
	r := s.values[v]
	if r == nil {
		return nil
	}
	i := slices.IndexFunc(r.proposals, func(one *slot) bool { return one.By == name(by) && one.Polarity == p })
	if i < 0 {
		return nil
	}
	return r.proposals[i]
}

// SpeakAgainst gives the entry by which a partner takes back its word for a
// protection: of its own proposal the end, of what is in force by somebody else's
// decision a RecallProposal. Where there is neither it is ErrNotFound, and
// ErrConflict where it has said so already.
func (s *State) SpeakAgainst(by access.Principal, v observable.Value, p Polarity, reason string, now time.Time) (ledger.Draft, error) {
	now = now.UTC().Truncate(time.Microsecond)
	refuse := func(err error) (ledger.Draft, error) {
		return ledger.Draft{}, fmt.Errorf("propose a recall: %w", err)
	}
	if err := access.CheckText("reason", reason, maxReason); err != nil {
		return refuse(err)
	}
	if err := by.CheckPartner("propose a recall", access.Contributor); err != nil {
		return ledger.Draft{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.counts(by); err != nil {
		return refuse(err)
	}
	if own := s.proposedBy(by, v, p); own != nil {
		return draft(KindDecided, by.Actor(), own.audience, own.end(Revoked, name(by), RuleProposalWithdrawn, reason, now)), nil
	}
	r := s.values[v]
	if r == nil || !r.current.holds() || !r.current.Expires.After(now) || r.current.Polarity != p || !by.MaySee(r.current.owner, r.current.audience) {
		return refuse(fmt.Errorf("%w: no %s of %s is in force", ErrNotFound, p, v))
	}
	if slices.ContainsFunc(r.current.against, func(said RecallProposal) bool { return said.By == name(by) }) || len(r.current.against) >= maxRecallProposals {
		return refuse(fmt.Errorf("%w: it has been proposed already", ErrConflict))
	}
	return draft(KindRecallProposed, by.Actor(), r.current.audience, RecallProposal{
		Value: v, Protection: r.current.ID, Reason: reason, By: name(by), At: now,
	}), nil
}

// applyRecallProposal folds a word against what is in force; one that a recall
// overtook is part of the story alone.
func (s *State) applyRecallProposal(e ledger.Entry, p RecallProposal) {
	r := s.values[p.Value]
	if r == nil {
		return
	}
	event := Event{RecallProposal: &p}
	if held := r.current; held.holds() && held.ID == p.Protection && len(held.against) < maxRecallProposals {
		held.against = append(slices.Clone(held.against), p)
	} else {
		event.Note = "without effect: it is not in force"
	}
	r.tell(e, event)
}

// Against is who proposes to recall a protection in force, and why.
func (s *State) Against(id string) []RecallProposal {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if about, known := s.ids[id]; known && about.holds() {
		return about.against
	}
	return nil
}
