package protect

import (
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

func (s *State) applyReport(e ledger.Entry, report sighting.Report) {
	partner := access.PartnerID(e.Actor)
	if !s.reports.first(partner, report.ID, e.Time) {
		return
	}
	s.acts.outlets.hear(partner, e.Time)
	s.stands(partner, standing{Standing: access.Standing{Organisation: report.Organisation, Designated: report.Designated}})
	level := levelOf(e.Audience)
	for _, sight := range report.Sightings {
		v, err := observable.New(sight.Type, sight.Text)
		if err != nil {
			continue // nothing can match it; intake says so to the sender
		}
		r := s.record(v, partner)
		r.tellSighting(e, sight)
		if sight.Basis == sighting.Sinkhole {
			continue // whoever likes can visit one: it speaks neither for the value nor against it
		}
		blocked := r.current.holds() && r.current.Polarity == Block // then it may not resolve because of us
		if s.acts.quarantines.now(partner) {
			continue // told, and not counted
		}
		if sight.Unresolved && level != unheard && r.unresolved == 0 && !blocked {
			r.unresolved = e.Seq
		}
		// A network is not seen; whoever says so lists it.
		suspect := sight.Basis == sighting.Suspect && partner != "" && partner != access.Hub && !isPrefix(v)
		if !suspect || level == unheard || r.evidence.copied(s.heard.voiceOf(partner), sighting.Print(&report, &sight)) {
			continue
		}
		from, to := sight.FirstSeen, sight.LastSeen
		if to.Before(from) {
			from, to = to, from
		}
		r.evidence.add(partner, span{
			from: from, to: to, said: e.Time, last: e.Time, report: report.ID, level: level,
			designated: report.Designated, weight: weightSeen,
		}, s.cfg.Window, s.heard)
		s.consider(r, e)
	}
}

// print is what a sighting says, and whose it was first.
type print struct {
	of    uint64
	voice voice
}

// maxPrints bounds the sightings of one value that copies are known of; the
// oldest are forgotten first.
const maxPrints = 64

// copied says whether another voice said exactly the same before: a feed that two
// partners pass on is one. It sees copies only: who alters a count is no echo,
// but a partner that lies, and against that stands Corroboration.
func (e *evidence) copied(by voice, of uint64) bool {
	if of == 0 {
		return false // so little is said that two may well say the same
	}
	if i := slices.IndexFunc(e.prints, func(p print) bool { return p.of == of }); i >= 0 {
		return e.prints[i].voice != by
	}
	if len(e.prints) >= maxPrints {
		e.prints = slices.Delete(e.prints, 0, 1)
	}
	e.prints = append(e.prints, print{of, by})
	return false
}

// maxWaiting bounds the values that wait for room under a cap. What finds no place
// waits for somebody to speak of it again.
const maxWaiting = 10_000

// consider notes that automation has something to answer about the value.
func (s *State) consider(r *record, e ledger.Entry) {
	if r.current.holds() {
		s.considerRenewal(r)
		return
	}
	if r.due != 0 || !automatable(r.value) || s.witnesses(r) == nil {
		return
	}
	if len(s.due) >= maxWaiting {
		s.due = slices.DeleteFunc(s.due, func(d dueRecord) bool { return d.due != d.since })
	}
	if len(s.due) < maxWaiting {
		r.due = e.Seq
		s.due = append(s.due, dueRecord{r, e.Seq, e.Time})
	}
}

// undue takes a value from what waits.
func (s *State) undue(r *record) { r.due = 0 }

// settle notes that automation has its answer.
func (s *State) settle(r *record) {
	s.undue(r)
	gone := 0
	for gone < len(s.due) && s.due[gone].due != s.due[gone].since {
		gone++
	}
	clear(s.due[:gone])
	s.due = s.due[gone:]
}

// considerRenewal notes that a protection that the rule decided may be renewed
// when a quarter of its life is left: it goes on being seen.
func (s *State) considerRenewal(r *record) {
	held := r.current
	if !held.automatic() || held.Status != Active || s.renewals.has(held) {
		return
	}
	if _, enough := s.basis(r, held.since()); enough {
		s.renewals.add(held, held.Expires.Add(-held.Expires.Sub(held.since())/4))
	}
}
