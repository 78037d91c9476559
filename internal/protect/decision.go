package protect

import (
	"cmp"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// applyDecision folds a decision, by the rule of Protection.Yields.
func (s *State) applyDecision(e ledger.Entry, p Protection) {
	r := s.record(p.Value, access.PartnerID(e.Actor))
	s.keep(r)
	r.decisions++
	next := &slot{Protection: p, rec: r, seq: e.Seq, owner: access.PartnerID(e.Actor)}
	next.audience, _ = access.ParseAudience(e.Audience) // unreadable: nobody's
	event := Event{Protection: &next.Protection}
	var current Protection
	if r.current != nil {
		current = r.current.Protection
	}
	switch {
	case p.Status == Proposed:
		s.dropProposals(r, func(old *slot) bool { return old.By == p.By && old.Polarity == p.Polarity })
		r.proposals = append(r.proposals, next)
		if current.ID != next.ID {
			s.ids[next.ID] = next
		}
		s.lives.add(next, next.Expires)
	case current.Yields(p) && p.inForce():
		s.replace(r, next)
	case current.Yields(p):
		s.end(r, next, e)
	case !p.inForce() && s.dropProposals(r, func(old *slot) bool { return old.ID == p.ID }):
		// A proposal was never in force: nobody says anything of it any more.
	case !p.inForce() && s.laid(r, p.ID):
		event.Note = "it was no longer in force"
	case p.inForce() && current.ID == p.ID:
		s.haunt(next)
		event.Note = "without effect: it had been taken back"
	case p.inForce():
		event.Note = "without effect: the name must resolve"
	default:
		event.Note = "without effect: it is not in force"
	}
	if r.current == nil && len(r.proposals) == 0 {
		s.share(r, next.owner)
	}
	if next.listed() {
		s.acts.enlist(next)
	}
	r.tell(e, event)
}

// replace puts a decision in force in the place of the one before. Who was told of
// that one and is not told of this has to learn that it is over.
func (s *State) replace(r *record, next *slot) {
	old := r.current
	s.drop(old)
	s.dropProposals(r, func(*slot) bool { return true }) // answered
	again := old.holds() && old.ID == next.ID
	switch {
	case !old.holds() || old.audience.Within(next.audience):
	case again:
		next.audience = old.audience
	default:
		s.haunt(old)
	}
	if again && next.automatic() { // the rule renews; a person who decides anew has answered
		next.against = old.against
	}
	r.current, next.stood = next, cmp.Or(next.Confirmed, next.By)
	s.settle(r)
	if !again {
		s.count(next)
	}
	s.ids[next.ID] = next
	s.lives.add(next, next.Expires)
	if next.Status == Canary && next.automatic() {
		s.promotions.add(next, next.Held)
	}
	s.enforce(next)
	s.suspect(next)
}

// maxGhosts bounds what is remembered of one value; what is beyond runs out.
const maxGhosts = 16

// haunt notes that readers may hold a decision in force that the hub does not: the
// rule will end it for them.
func (s *State) haunt(old *slot) {
	if len(old.rec.ghosts) < maxGhosts {
		old.rec.ghosts = append(old.rec.ghosts, old)
		s.ghosts.add(old, time.Time{})
	}
}

// laid says whether an end is that of a decision that haunted readers.
func (s *State) laid(r *record, id string) bool {
	i := slices.IndexFunc(r.ghosts, func(old *slot) bool { return old.ID == id })
	if i < 0 {
		return false
	}
	s.ghosts.remove(r.ghosts[i])
	r.ghosts = slices.Delete(r.ghosts, i, i+1)
	return true
}

// end puts a revoked or expired decision in the place of what it ends. After
// an expiry fresh reports count like the first ones; after a recall, or when a
// name no longer has to resolve, the same partners' word does not count again.
func (s *State) end(r *record, end *slot, e ledger.Entry) {
	s.drop(r.current)
	end.stood = r.current.stood
	r.current = end
	s.ids[end.ID] = end
	others := end.automatic() && (end.Rule == ruleQuarantine || end.Rule == ruleWithdrawn)
	switch {
	case others: // what they said stands
	case end.Status == Expired && end.Polarity != MustResolve:
		r.evidence.renew()
	default:
		r.evidence.answer(s.heard)
	}
	s.settle(r)
	if others {
		s.consider(r, e) // and may be enough
	}
}

// dropProposals drops those that match, with their ids, and says whether there
// were any.
func (s *State) dropProposals(r *record, match func(*slot) bool) bool {
	before := len(r.proposals)
	r.proposals = slices.DeleteFunc(r.proposals, func(old *slot) bool {
		if !match(old) {
			return false
		}
		s.drop(old)
		if s.ids[old.ID] == old {
			delete(s.ids, old.ID)
		}
		return true
	})
	for _, left := range r.proposals { // a ledger may hold two of one id
		if s.ids[left.ID] == nil {
			s.ids[left.ID] = left
		}
	}
	return len(r.proposals) < before
}

// drop takes a slot out of everything that is in force.
func (s *State) drop(old *slot) {
	if old == nil {
		return
	}
	for _, a := range [...]*agenda{s.lives, s.doubtful, s.promotions, s.renewals} {
		a.remove(old)
	}
	s.unalias(old)
	if old.Polarity == MustResolve && old.Status != Proposed {
		s.kill.remove(old)
	}
}
