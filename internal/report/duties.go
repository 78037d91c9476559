package report

import (
	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/duty"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// duties are the incident reports that the reader's own partner owes.
type duties struct {
	m     *moment
	a     *alarm
	state *duty.State
}

func newDuties(m *moment, a *alarm, o Options) *duties { return &duties{m, a, duty.NewState(o.Duty)} }

func (d *duties) kinds() []ledger.Kind {
	return []ledger.Kind{duty.KindOpened, duty.KindSubmitted, duty.KindWaived, duty.KindHandled, duty.KindShared, duty.KindClosed, duty.KindWarned}
}

func (d *duties) apply(e ledger.Entry) error { return d.state.Apply(e) }

func (d *duties) tell(r *Report) {
	c := Chapter{Title: "Incident reports of the reader's own partner", Heads: []string{"Duty", "Stage", "Status", "Deadline", "Submitted"}}
	late := 0
	for _, one := range d.state.List(d.m.who, d.m.asOf) {
		if !d.a.ids[one.Outbreak] || d.m.who.Partner == "" || one.Partner != d.m.who.Partner {
			continue
		}
		d.m.narrow(access.Red)
		who := d.m.party(string(one.Partner))
		r.Timeline = append(r.Timeline, Event{At: one.Opened, Kind: string(duty.KindOpened), Who: &who, Text: "opened the duty " + one.Name + ", to " + one.Authority})
		for _, s := range one.Stages {
			submitted, deadline := "", ""
			if !s.Deadline.IsZero() {
				deadline = at(s.Deadline)
			}
			if !s.Submitted.IsZero() {
				submitted = at(s.Submitted)
				text := "submitted " + s.Name + " of " + one.Name
				if s.Late {
					submitted += ", late"
					text += ", late"
				}
				r.Timeline = append(r.Timeline, Event{At: s.Submitted, Kind: string(duty.KindSubmitted), Who: &who, Text: text})
			}
			if s.Status == duty.Overdue {
				late++
				r.Timeline = append(r.Timeline, Event{At: s.Deadline, Kind: "duty.late", Who: &who, Text: s.Name + " of " + one.Name + " is late"})
			}
			c.Rows = append(c.Rows, []string{one.Name, s.Name, string(s.Status), deadline, submitted})
		}
	}
	if len(c.Rows) == 0 {
		c.Notes = []string{"None was opened."}
	}
	if late > 0 {
		r.Unknown = append(r.Unknown, plural(late, "report of the reader's own partner is", "reports of the reader's own partner are")+" late: it has not been submitted")
	}
	r.Chapters = append(r.Chapters, c)
}
