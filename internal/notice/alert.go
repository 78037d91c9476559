package notice

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// AlertID is "alert--" and a UUID.
type AlertID string

// Alert is a bulletin that a coordinator issues, as it was issued.
type Alert struct {
	ID       AlertID  `json:"id,omitempty" doc:"given by the hub"`
	Outbreak string   `json:"outbreak,omitempty" doc:"id of the outbreak that it is about"`
	Subjects []string `json:"subjects,omitempty" doc:"what it is about: CVEs, values"`
	Title    string   `json:"title"`
	Text     string   `json:"text"`
	Severity Severity `json:"severity" enum:"info,warning,critical"`
	To       To       `json:"to,omitzero" doc:"whom it is for, of those who may see it"`
	// Within is how long partners have to acknowledge it, before who issued it is
	// told who has not; empty: the hub's default.
	Within Span `json:"ack_within,omitzero" doc:"how long partners have to acknowledge it: 30m, 1h"`
	// Replaces is the alert that this one corrects; it is withdrawn by it.
	Replaces AlertID `json:"replaces,omitempty" doc:"id of the alert that this one corrects"`
}

// To is whom an alert is for: the partners that match each of the lists, an empty one
// being matched by everybody, and those that are named; if some are named and all
// lists are empty, only those.
type To struct {
	Sectors   []string           `json:"sectors,omitempty"`
	Countries []string           `json:"countries,omitempty" doc:"ISO 3166-1 alpha-2"`
	Kinds     []string           `json:"kinds,omitempty" doc:"of partner, such as operator"`
	Partners  []access.PartnerID `json:"partners,omitempty"`
}

// matches says whether an alert is for a partner.
func (to To) matches(p access.Partner) bool {
	if slices.Contains(to.Partners, p.ID) {
		return true
	}
	if len(to.Partners) > 0 && len(to.Sectors)+len(to.Countries)+len(to.Kinds) == 0 {
		return false
	}
	in := func(list []string, has string) bool { return len(list) == 0 || slices.Contains(list, has) }
	return in(to.Sectors, p.Sector) && in(to.Countries, p.Country) && in(to.Kinds, p.Kind)
}

// Acknowledgement is a partner's word that somebody there has read an alert.
type Acknowledgement struct {
	Alert AlertID `json:"alert"`
	Words string  `json:"words,omitempty" doc:"for who issued it: what is done about it"`
}

// Withdrawal takes an alert back.
type Withdrawal struct {
	Alert  AlertID `json:"alert"`
	Reason string  `json:"reason"`
}

// Limits of an alert, in bytes where nothing else is said.
const (
	maxTitle    = 200 // characters
	maxText     = 8192
	maxReason   = 1000
	maxSubjects = 100
	maxSubject  = 256 // characters
	maxTo       = 1000
	minWithin   = time.Minute
	maxWithin   = 7 * 24 * time.Hour
	maxAlerts   = 10_000 // that are kept; older ones are on the ledger alone
	maxDaily    = 100    // of one partner within a day
)

// DefaultWithin is how long partners have to acknowledge an alert that does not say.
const DefaultWithin = time.Hour

// Validate says what is wrong with an alert; its ID may be empty.
func (a Alert) Validate() error {
	if err := access.CheckText("title", a.Title, maxTitle); err != nil {
		return err
	}
	if err := access.CheckProse("text", a.Text, maxText, true); err != nil {
		return err
	}
	if a.Severity.rank() < 0 {
		return unknownSeverity("severity", a.Severity)
	}
	if len(a.Subjects) > maxSubjects {
		return fmt.Errorf("%w: subjects: %d are named, at most %d are allowed", access.ErrInvalid, len(a.Subjects), maxSubjects)
	}
	for i, subject := range a.Subjects {
		if err := access.CheckText(fmt.Sprintf("subjects/%d", i), subject, maxSubject); err != nil {
			return err
		}
	}
	if a.Outbreak != "" {
		if err := access.CheckText("outbreak", a.Outbreak, maxSubject); err != nil {
			return err
		}
	}
	if n := len(a.To.Sectors) + len(a.To.Countries) + len(a.To.Kinds) + len(a.To.Partners); n > maxTo {
		return fmt.Errorf("%w: to: %d are named, at most %d are allowed", access.ErrInvalid, n, maxTo)
	}
	if w := a.Within.Duration(); w != 0 && (w < minWithin || w > maxWithin) {
		return fmt.Errorf("%w: ack_within %s is not between %s and %s", access.ErrInvalid, a.Within, Span(minWithin), Span(maxWithin))
	}
	return nil
}

// alert is an alert as folded.
type alert struct {
	Alert
	by        access.PartnerID
	at        time.Time
	seq       ledger.Seq
	hash      ledger.Hash
	audience  access.Audience
	reached   []access.PartnerID // when it was issued, sorted
	answers   []Answer           // in their order
	answered  map[access.PartnerID]bool
	bulletins []*bulletin
	withdrawn time.Time
	reason    string
	next      AlertID // that replaces it
}

// Answer is a partner's acknowledgement of an alert.
type Answer struct {
	Partner access.PartnerID `json:"partner"`
	At      time.Time        `json:"at"`
	AfterS  float64          `json:"after_s"` // seconds from the alert, by the ledger's clock
	Words   string           `json:"words,omitempty"`
}

// waiting are the partners that were reached and have not answered, sorted.
func (a *alert) waiting() []access.PartnerID {
	list := []access.PartnerID{}
	for _, p := range a.reached {
		if !a.answered[p] {
			list = append(list, p)
		}
	}
	return list
}

func (a *alert) reaches(p access.PartnerID) bool {
	_, reached := slices.BinarySearch(a.reached, p)
	return reached
}
