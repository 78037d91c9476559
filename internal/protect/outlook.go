package protect

import (
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Outlook is how a protection stands now, beside what was decided.
type Outlook struct {
	Protection
	Now      int      `json:"confidence_now"` // Protection.ConfidenceAt; 0 of what is not in force
	Coverage Coverage `json:"coverage"`
	Halted   *Stop    `json:"halted,omitempty"` // the stop that keeps it from being put in force
	Recall   string   `json:"recall"`           // what a recall would do
	// Against are partners that propose to recall it; nothing ends by that.
	Against []RecallProposal `json:"against,omitempty"`
}

// OutlookOf is a protection's as somebody is told it who is told of the coverage;
// of stops, the hub's and those of its own partner count.
func (s *State) OutlookOf(by access.Principal, p Protection, c Coverage, now time.Time) Outlook {
	o := Outlook{Protection: p, Coverage: c}
	if p.Holds(now) {
		o.Now = p.ConfidenceAt(now)
		o.Against = s.Against(p.ID)
		if stop, halted := s.Stops().Halting(p, by.Partner, ""); halted {
			o.Halted = &stop
		}
	}
	where := fmt.Sprintf("at %d outlets", c.InForce.N)
	if c.InForce.FewerThan > 0 {
		where = fmt.Sprintf("at fewer than %d partners", c.InForce.FewerThan)
	}
	switch {
	case p.Status == Proposed:
		o.Recall = "withdraws the proposal; nothing is in force"
	case !p.Holds(now):
		o.Recall = "there is nothing left to recall"
	case p.Polarity == MustResolve:
		o.Recall = "ends it " + where + ": the name may then be blocked, and where it is a kill switch that no longer answers, the attack runs on"
	default:
		o.Recall = "ends it " + where + ": the rule does not decide it again on the word of the same partners"
	}
	return o
}
