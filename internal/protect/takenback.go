package protect

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

const (
	ruleWithdrawn   = "what rests on indicators that were taken back ends"
	reasonWithdrawn = "without the indicators that were withdrawn too little is left that speaks for it"
)

// applyTightening takes back what indicators said that their owner withdrew, or
// marks it as narrowly as they are marked now. What it leaves without enough
// voices goes: what is waiting, and what the rule has put in force.
func (s *State) applyTightening(_ ledger.Entry, t contribution.Tightening) {
	level := levelOf(t.Audience)
	moved := map[*origin]*origin{}
	var touched []*record
	for _, at := range s.named(t) {
		old := s.words.all[at]
		r := s.takeBack(at)
		if r != nil {
			touched = append(touched, r)
		}
		if level == unheard || level < old.from.level {
			continue
		}
		if moved[old.from] == nil {
			narrower := *old.from
			narrower.level = level
			moved[old.from] = &narrower
		}
		old.from = moved[old.from]
		s.words.add(old)
		if r != nil {
			r.evidence.add(old.from.partner, old.span(), s.cfg.Window, s.heard)
		}
	}
	for _, r := range touched {
		s.reweigh(r)
	}
}

// named are the words that a tightening is about.
func (s *State) named(t contribution.Tightening) (places []int32) {
	if t.Object != "" {
		places = s.words.by(thingOf(access.PartnerID(t.Owner), t.Object))
	} else {
		for at := range s.words.all { // a rare act
			places = append(places, int32(at))
		}
	}
	return slices.DeleteFunc(places, func(at int32) bool {
		w := &s.words.all[at]
		return w.from == nil || w.from.partner != access.PartnerID(t.Owner) || !slices.Contains(t.Entries, w.from.seq) ||
			len(t.Versions) > 0 && !slices.ContainsFunc(t.Versions, func(v time.Time) bool { return v.UnixMicro() == w.modified })
	})
}

// takeBack removes a word, also from the evidence that it is part of, whose
// record it gives; nil if there is none.
func (s *State) takeBack(at int32) *record {
	old := s.words.all[at]
	s.words.remove(at, false)
	return s.unsay(old)
}

// forgetWord removes the word that goes first where there is no room. What was
// decided on it stays.
func (s *State) forgetWord() {
	h, ok := s.words.held.evict(s.words.alive)
	if !ok {
		return
	}
	old := s.words.all[h.at]
	s.words.remove(h.at, true)
	if r := s.unsay(old); r != nil && s.witnesses(r) == nil {
		s.undue(r)
	}
}

func (s *State) unsay(old word) *record {
	if r := s.listed[old.value]; r != nil && r.evidence.forget(old.from.partner, old.thing) {
		return r
	}
	return nil
}

// reweigh looks at a value of which something was taken back.
func (s *State) reweigh(r *record) {
	if s.witnesses(r) != nil {
		return
	}
	s.undue(r)
	if held := r.current; held.holds() && held.automatic() && held.Polarity != MustResolve {
		s.fall(held, reasonWithdrawn)
	}
}

// distrustWords forgets what a partner's indicators have said since a time.
func (s *State) distrustWords(partner access.PartnerID, since time.Time) {
	for at := range s.words.all {
		if w := &s.words.all[at]; w.from != nil && w.from.partner == partner && !w.from.at.Before(since) {
			s.words.remove(int32(at), false)
		}
	}
}
