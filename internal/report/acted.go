package report

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

// Acted is who acted: who was called and answered, what was undertaken and done.
type Acted struct {
	Calls    []Called   `json:"calls"`
	Actions  []Acting   `json:"actions"`
	Partners []Standing `json:"partners"` // by what they did, where the reader may see it
}

// Called is one call for assistance and its answers, as of the moment.
type Called struct {
	ID        response.CallID `json:"id"`
	Title     string          `json:"title"`
	By        Party           `json:"by"`
	Opened    time.Time       `json:"opened"`
	Reached   response.Tally  `json:"reached"`
	FirstDay  response.Tally  `json:"offers_within_24_h"`
	Offers    response.Tally  `json:"offers"`
	Declined  response.Tally  `json:"declined"`
	Silent    response.Tally  `json:"silent"`
	FirstS    *float64        `json:"first_answer_s,omitempty"` // from the opening
	MedianS   *float64        `json:"median_s,omitempty"`
	Closed    time.Time       `json:"closed,omitzero"`
	Automatic bool            `json:"automatic,omitzero"`
}

// Acting is one action as of the moment.
type Acting struct {
	ID          response.ActionID `json:"id"`
	Kind        response.Kind     `json:"kind"`
	Title       string            `json:"title"`
	By          Party             `json:"by"`
	Opened      time.Time         `json:"opened"`
	Volunteered bool              `json:"volunteered,omitzero"`
	Authority   string            `json:"authority,omitempty"`
	Deadline    time.Time         `json:"deadline,omitzero"`
	Status      response.Status   `json:"status"`
	Waiting     int               `json:"waiting,omitzero"` // partners that were asked and have not answered
	Parts       []Undertaking     `json:"parts"`

	// Silent are those Waiting counts: one partner may be asked by several actions.
	Silent []access.PartnerID `json:"-"`
}

// Undertaking is one partner's part of an action.
type Undertaking struct {
	Who      Party           `json:"who"`
	At       time.Time       `json:"at"` // it committed
	Status   response.Status `json:"status"`
	Done     time.Time       `json:"done,omitzero"`
	Late     bool            `json:"late,omitzero"` // done after its deadline
	Evidence string          `json:"evidence,omitempty"`
	Contest  string          `json:"contest,omitempty"` // why the evidence does not convince
	Reason   string          `json:"reason,omitempty"`  // it was rolled back
}

// Standing is what one partner did about the incident, in counts, as accountability
// has it: for the partner itself, for coordinators and those that it is shown to.
// Others than the partner see what was due a day before.
type Standing struct {
	Who        Party    `json:"who"`
	Answered   int      `json:"answered"`            // calls; a refusal is an answer
	Silent     int      `json:"silent"`              // calls and actions that it did not answer
	FastestS   *float64 `json:"fastest_s,omitempty"` // its fastest answer to a call
	Kept       int      `json:"kept"`                // commitments, in time
	Late       int      `json:"late"`                // done after the deadline
	Broken     int      `json:"broken"`              // not done
	RolledBack int      `json:"rolled_back"`
	Open       int      `json:"open"`
}

// add counts one commitment, or one time that the partner was asked.
func (s *Standing) add(d response.Dealing) {
	switch d.Outcome {
	case response.AskAnswered:
		s.Answered++
		if took := d.Answered.Sub(d.Opened).Seconds(); s.FastestS == nil || took < *s.FastestS {
			s.FastestS = &took
		}
	case response.AskedSilent:
		s.Silent++
	case response.KeptInTime:
		s.Kept++
	case response.KeptLate:
		s.Late++
	case response.Broken:
		s.Broken++
	case response.Reversed:
		s.RolledBack++
	case response.StillOpen:
		s.Open++
	case response.AskedWaiting, response.Excused:
	}
}

// afterAlarm is how long after the alarm each part of an action was done, in seconds.
func (a Acted) afterAlarm(alarm time.Time) (list []float64) {
	for _, one := range a.Actions {
		for _, part := range one.Parts {
			if !part.Done.IsZero() && part.Status != response.RolledBack {
				list = append(list, part.Done.Sub(alarm).Seconds())
			}
		}
	}
	return list
}
