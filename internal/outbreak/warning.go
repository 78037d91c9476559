package outbreak

import (
	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// warned takes in a person's word: evidence of the partner's voice, about the
// port and each value. It has no hosts behind it.
func (s *State) warned(e ledger.Entry, w Warning) {
	from := access.PartnerID(e.Actor)
	s.now = later(s.now, e.Time)
	r := sighting.Report{ID: w.ID, Sector: w.Sector, Country: w.Country, Organisation: w.Organisation, Designated: w.Designated}
	at := w.At.Add(-s.lag) // telemetry that is played back has times of its own
	p := s.point(e, from, &r, at, at)
	if p.at.IsZero() {
		return
	}
	p.word = true
	if w.Port != 0 {
		s.observe(Subject{Kind: Scans, Port: w.Port}, from, &r, p, 0, true)
	}
	for i, v := range w.Values {
		if i < MaxWarningValues && len(v.Text) <= maxText {
			s.observe(Subject{Kind: Suspects, Value: v}, from, &r, p, 0, true)
		}
	}
}
