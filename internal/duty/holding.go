package duty

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Bounds of what one partner's duties hold; what is beyond is refused, and changes
// nothing if it is on the ledger.
const (
	maxDuties      = 1000    // of one partner
	maxOpen        = 50      // of those, not closed
	maxSubmissions = 50      // of one stage
	maxHeld        = 8 << 20 // bytes of all of one partner's duties
)

// What is kept of a duty, of a stage and of a submission beside texts, in bytes:
// measured by nobody, and above what the types have.
const (
	perDuty  = 1024
	perStage = 256
	perSent  = 128
	perEntry = 64 // of a map or a list
)

// holding is what one partner's duties take.
type holding struct {
	records []*record
	open    int
	bytes   int
}

// holds is the holding of a partner. The caller holds the lock.
func (s *State) holds(by access.PartnerID) *holding {
	h := s.of[by]
	if h == nil {
		h = &holding{}
		s.of[by] = h
	}
	return h
}

// record is a new duty of an opening that has so many bytes on the ledger.
func (o Opening) record(by access.PartnerID, written int) *record {
	return &record{Opening: o, by: by, written: written, stages: make([]stageState, len(o.Template.Stages))}
}

// refuses says why there is no room for another duty.
func (h *holding) refuses(r *record) error {
	switch {
	case len(h.records) >= maxDuties:
		return fmt.Errorf("%w: your partner has %d duties, which is the most", access.ErrConflict, maxDuties)
	case h.open >= maxOpen:
		return fmt.Errorf("%w: %d duties of your partner are open, which is the most: close those that are done", access.ErrConflict, maxOpen)
	}
	return h.refusesBytes(r.size())
}

// refusesChange says why there is no room for what a duty would become. What takes
// no more than it did there is always room for.
func (h *holding) refusesChange(r, tried *record) error {
	return h.refusesBytes(tried.size() - r.size())
}

func (h *holding) refusesBytes(more int) error {
	if more > 0 && h.bytes+more > maxHeld {
		return fmt.Errorf("%w: the duties of your partner would take %d bytes, at most %d are kept: shorten the text", access.ErrConflict, h.bytes+more, maxHeld)
	}
	return nil
}

func (h *holding) take(r *record) {
	h.records = append(h.records, r)
	h.open++
	h.bytes += r.size()
}

// change makes a duty what it became.
func (h *holding) change(r, tried *record) {
	h.bytes += tried.size() - r.size()
	if r.closed.IsZero() && !tried.closed.IsZero() {
		h.open--
	}
	*r = *tried
}

// size is how many bytes a duty takes. An open one has the room for its closing's
// reason, so that it can always be closed.
func (r *record) size() int {
	n := perDuty + r.written + maxBrief
	if !r.closed.IsZero() {
		n += len(r.because) - maxBrief
	}
	for _, w := range r.with {
		n += perEntry + len(w)
	}
	for _, state := range r.stages {
		n += perStage + perSent*len(state.sent)
		if state.waived != nil {
			n += len(state.waived.reason)
		}
		for _, one := range state.sent {
			for key, text := range one.fields {
				n += perEntry + len(key) + len(text)
			}
		}
	}
	return n
}
