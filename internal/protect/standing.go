package protect

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// voice is who counts as one where independent words are counted: the partners
// of an organisation together, any other partner by itself.
type voice struct {
	organisation string
	partner      access.PartnerID
}

// standing is how a partner stands.
type standing struct {
	access.Standing
	changed bool // by an administrator, since it joined: that counts, not what reports carry
}

// standings are those of partners that are more, or less, than a voice of their
// own. It grows with the partners only.
type standings map[access.PartnerID]standing

func (s standings) voiceOf(p access.PartnerID) voice {
	if organisation := s[p].Organisation; organisation != "" {
		return voice{organisation: organisation}
	}
	return voice{partner: p}
}

// designated says whether what the partner saw needs no corroboration: it was
// designated when it said so, and still is.
func (s standings) designated(p access.PartnerID, seen span) bool {
	return seen.designated && s[p].Designated
}

func (s standings) anyDesignated(by map[access.PartnerID][]span) bool {
	for p := range by {
		if s[p].Designated {
			return true
		}
	}
	return false
}

// stands notes how a partner stands from now on. What only waits for room under
// the cap is weighed again: a designation that was a mistake, or two partners
// that turn out to be one, must not go on adding by the hour. The other way
// round, what was said before counts anew once somebody speaks of the value.
func (s *State) stands(p access.PartnerID, now standing) {
	before := s.heard[p]
	if before == now || before.changed && !now.changed {
		return // a report may have been on its way while the administrator decided
	}
	s.heard[p] = now
	if now == (standing{}) {
		delete(s.heard, p)
	}
	for _, candidate := range s.due {
		if candidate.due == candidate.since && s.witnesses(candidate.record) == nil {
			candidate.due = 0
		}
	}
}

func (s *State) applyDesignation(_ ledger.Entry, to access.Designation) {
	s.stands(to.Partner, standing{access.Standing{Organisation: to.Organisation, Designated: to.Designated}, true})
	s.canary(to.Partner, to.Canary)
}

func (s *State) applyJoined(_ ledger.Entry, p access.Partner) {
	s.stands(p.ID, standing{Standing: access.Standing{Organisation: p.Organisation, Designated: p.Designated}})
	s.canary(p.ID, p.Canary)
}

// applyLeft ends what a partner was trusted with. What it said stays said.
func (s *State) applyLeft(_ ledger.Entry, gone access.Departure) {
	s.stands(gone.Partner, standing{access.Standing{Organisation: s.heard[gone.Partner].Organisation}, true})
	s.canary(gone.Partner, false)
}

func (s *State) canary(p access.PartnerID, is bool) {
	if delete(s.canaries, p); is {
		s.canaries[p] = struct{}{}
	}
}

// witnesses are those whose word makes the rule decide about a value, however
// narrowly the decision has to be marked then; nil if that is not enough.
func (s *State) witnesses(r *record) []witness {
	return r.evidence.corroborating(s.question(len(marks) - 1))
}

func (s *State) question(level int) question {
	return question{k: s.cfg.Corroboration, window: s.cfg.Window, heard: s.heard, level: level}
}

// basis is what a decision rests on.
type basis struct {
	witnesses []witness
	level     int  // the widest that suffices: an index in marks
	wide      bool // enough of them mean the names below as well
}

// basis of what was said after a time, if it is enough.
func (s *State) basis(r *record, since time.Time) (b basis, enough bool) {
	for level := range marks {
		q := s.question(level)
		q.since = since
		found := r.evidence.corroborating(q)
		if found == nil {
			continue
		}
		b = basis{witnesses: found, level: level}
		if q.wide = r.value.Type == observable.Domain; q.wide {
			if wide := r.evidence.corroborating(q); wide != nil {
				b.witnesses, b.wide = wide, true
			}
		}
		return b, true
	}
	return basis{}, false
}
