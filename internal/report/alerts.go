package report

import (
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// alerts are the bulletins about the incident, who has acknowledged them, and the
// notices that did not reach the reader's own partner.
type alerts struct {
	m      *moment
	a      *alarm
	state  *notice.State
	failed int // deliveries to channels of the reader's partner, given up since the alarm
	// Subjects are what the alerts that the reader may see are about.
	subjects []string
}

func newAlerts(m *moment, a *alarm, o Options) *alerts {
	return &alerts{m: m, a: a, state: notice.NewState(o.Notice)}
}

func (s *alerts) kinds() []ledger.Kind {
	return append(People(), notice.KindAlertIssued, notice.KindAlertAcknowledged, notice.KindAlertWithdrawn, notice.KindRaised, notice.KindAcknowledged, notice.KindFailed)
}

func (s *alerts) apply(e ledger.Entry) error {
	if e.Kind != notice.KindFailed {
		return s.state.Apply(e)
	}
	if e.Time.Before(s.a.of.raised.Time) || !s.m.sees(e.Actor, e.Audience) {
		return nil
	}
	return ledger.Fold(e, func(e ledger.Entry, o notice.Outcome) {
		if o.GivenUp {
			s.failed++
			s.m.shown(e.Audience)
		}
	})
}

func (s *alerts) tell(r *Report) {
	// A report is handed on: its counts are those that everybody is told.
	who := s.m.who
	who.Role = access.Viewer
	c := Chapter{Title: "Alerts", Heads: []string{"Alert", "By", "Issued", "Reached", "Acknowledged", "Withdrawn"}}
	seen := map[notice.AlertID]bool{}
	list := []notice.AlertStatus{}
	for _, id := range s.a.sorted() {
		for _, one := range s.state.AlertsOn(who, id) {
			if !seen[one.ID] {
				seen[one.ID] = true
				list = append(list, one)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b notice.AlertStatus) int { return a.At.Compare(b.At) })
	unread := 0
	for _, one := range list {
		s.m.narrow(one.Audience.TLP)
		s.subjects = append(s.subjects, one.Subjects...)
		by := s.m.party(string(one.By))
		r.Timeline = append(r.Timeline, Event{At: one.At, Kind: string(notice.KindAlertIssued), Who: &by, Text: fmt.Sprintf("issued an alert (%s): %s", one.Severity, one.Title)})
		withdrawn := ""
		if !one.Withdrawn.IsZero() {
			withdrawn = at(one.Withdrawn) + ": " + one.Reason
			r.Timeline = append(r.Timeline, Event{At: one.Withdrawn, Kind: string(notice.KindAlertWithdrawn), Who: &by, Text: "the alert was withdrawn: " + one.Title + " (" + one.Reason + ")"})
		}
		if one.Reached != nil && one.Acknowledged != nil && one.Withdrawn.IsZero() {
			unread += *one.Reached - *one.Acknowledged
		}
		for _, a := range s.told(one) {
			p := s.m.party(string(a.Partner))
			r.Timeline = append(r.Timeline, Event{At: a.At, Kind: string(notice.KindAlertAcknowledged), Who: &p, Repeats: true, Text: "acknowledged the alert: " + one.Title + ", " + span(a.AfterS) + " after it"})
		}
		c.Rows = append(c.Rows, []string{one.Title, by.Name, at(one.At), few(one.Reached), few(one.Acknowledged), withdrawn})
	}
	if len(list) == 0 {
		c.Notes = append(c.Notes, "No alert about it was issued that this reader may see.")
	} else {
		c.Notes = append(c.Notes, "Counts are of organisations, of partners for an alert of the reader's own; none is told where too few are behind it.")
	}
	if s.failed > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf("%s to the reader's own channels could not be delivered since the alarm, and %s given up.", count(s.failed, "notice"), plural(s.failed, "was", "were")))
		r.Unknown = append(r.Unknown, count(s.failed, "notice")+" did not reach the reader's own partner by the channel that it chose")
	}
	if unread > 0 {
		r.Unknown = append(r.Unknown, fmt.Sprintf("whether %s that alerts reached read them: they have not acknowledged", plural(unread, "partner or organisation", "partners or organisations")))
	}
	r.Chapters = append(r.Chapters, c)
}

// told are the answers to an alert that its issuer sees, or one's own.
func (s *alerts) told(a notice.AlertStatus) []notice.Answer {
	if len(a.Answers) == 0 && a.Your != nil {
		return []notice.Answer{*a.Your}
	}
	return a.Answers
}

func few(n *int) string {
	if n == nil {
		return "not told"
	}
	return fmt.Sprint(*n)
}
