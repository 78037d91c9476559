package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/response"
)

// board is the common board: calls for assistance and actions, folded as the hub
// folds them, up to the moment.
type board struct {
	m     *moment
	a     *alarm
	state *response.State
}

func newBoard(m *moment, a *alarm, o Options) *board {
	state := response.NewState(o.Response)
	state.Consult(m.directory, nil)
	return &board{m, a, state}
}

func (b *board) kinds() []ledger.Kind {
	return append(People(),
		response.KindOpened, response.KindApproved, response.KindRefused, response.KindCommitted, response.KindDone,
		response.KindContested, response.KindContestWithdrawn, response.KindRolledBack, response.KindCancelled, response.KindDeadlineMoved,
		response.KindOwnerOffered, response.KindOwnerAccepted, response.KindOwnerDeclined, response.KindOverdue,
		response.KindCallOpened, response.KindCallAnswered, response.KindCallClosed, response.KindSkillsDeclared,
		response.KindExplained, response.KindAccountShared,
		outbreak.KindRaised, outbreak.KindMerged, outbreak.KindEnded)
}

func (b *board) apply(e ledger.Entry) error { return b.state.Apply(e) }

// since takes to whom partners show their accounts now.
func (b *board) since(e ledger.Entry) error {
	if e.Kind == response.KindAccountShared {
		return b.state.Apply(e)
	}
	return nil
}

// day is within which answers to a call are counted: "by the end of the first day".
const day = 24 * time.Hour

func (b *board) tell(r *Report) {
	r.Acted = Acted{Calls: []Called{}, Actions: []Acting{}, Partners: []Standing{}}
	var first []float64
	for _, id := range b.a.sorted() {
		calls := b.state.Calls(b.m.who, response.CallQuery{Outbreak: id})
		for _, c := range slices.Backward(calls) {
			called := b.called(r, c)
			if called.FirstS != nil {
				first = append(first, *called.FirstS)
			}
			r.Acted.Calls = append(r.Acted.Calls, called)
		}
	}
	numbered := b.m.who // an administrator's history has the entries' places, which order it; finish takes them away
	numbered.Role = access.Administrator
	for _, a := range slices.Backward(b.state.List(numbered, b.m.asOf)) {
		if b.a.ids[a.Outbreak] {
			r.Acted.Actions = append(r.Acted.Actions, b.acting(r, a))
		}
	}
	b.standings(r)
	r.Latencies = append(r.Latencies, stage("call opened until its first answer", first, "each call that was answered"))
}

func (b *board) called(r *Report, c response.Call) Called {
	b.m.narrow(c.Audience.TLP)
	called := Called{ID: c.ID, Title: c.Title, By: b.m.party(string(c.By)), Opened: c.Opened, Closed: c.Closed, Automatic: c.Automatic}
	until := b.m.asOf
	if all, err := b.state.Muster(b.m.who, c.ID, until); err == nil {
		called.Reached, called.Offers, called.Declined, called.Silent, called.MedianS = all.Reached, all.Offers, all.Declined, all.Silent, all.MedianS
	}
	if end := c.Opened.Add(day); end.Before(until) {
		until = end
	}
	if early, err := b.state.Muster(b.m.who, c.ID, until); err == nil {
		called.FirstDay = early.Offers
	}
	r.Timeline = append(r.Timeline, b.event(c.Opened, "call.opened", c.By, fmt.Sprintf("called for assistance: %s; it reached %s", c.Title, count(called.Reached.Partners, "partner"))))
	replies, _ := b.state.Replies(b.m.who, c.ID, b.m.asOf) // the call is one of the list
	for i, one := range replies {
		if i == 0 {
			called.FirstS = &one.AfterS
		}
		for _, e := range b.answers(c, one) {
			e.Repeats = e.Repeats || i >= 40
			r.Timeline = append(r.Timeline, e)
		}
	}
	if !c.Closed.IsZero() {
		r.Timeline = append(r.Timeline, b.event(c.Closed, "call.closed", c.By, "closed the call: "+c.Reason))
	}
	return called
}

// answers are the wordings of an answer, each when it was given; the first and the
// one that stands are kept rather than those between.
func (b *board) answers(c response.Call, one response.Reply) []Event {
	last := response.Version{At: one.At, Declined: one.Declined, Offer: one.Offer}
	if len(one.Earlier) > 0 {
		last.At = one.Changed
	}
	list := make([]Event, 0, len(one.Earlier)+1)
	for i, v := range append(slices.Clone(one.Earlier), last) {
		text := "cannot help"
		if !v.Declined {
			text = "offers " + cmp.Or(v.Offer, "help")
		}
		if i > 0 {
			text = "changed its answer: " + text
		}
		e := b.event(v.At, "call.answered", one.Partner, fmt.Sprintf("%s, %s after the call", text, span(v.At.Sub(c.Opened).Seconds())))
		e.Repeats = i > 0 && i < len(one.Earlier)
		list = append(list, e)
	}
	return list
}

func (b *board) event(at time.Time, kind string, who access.PartnerID, text string) Event {
	p := b.m.party(string(who))
	return Event{At: at, Kind: kind, Who: &p, Text: text}
}

func (b *board) acting(r *Report, a response.Action) Acting {
	b.m.narrow(a.Audience.TLP)
	one := Acting{
		ID: a.ID, Kind: a.Kind, Title: a.Title, By: b.m.party(string(a.By)), Opened: a.Opened, Volunteered: a.Volunteered,
		Authority: a.Authority, Deadline: a.Deadline, Status: a.Status, Waiting: len(a.Waiting), Silent: a.Waiting, Parts: []Undertaking{},
	}
	for _, c := range a.Commitments {
		u := Undertaking{Who: b.m.party(string(c.Partner)), At: c.At, Status: c.Status, Done: c.DoneAt, Late: c.DoneLate, Evidence: c.Evidence, Contest: c.Contest, Reason: c.Reason}
		one.Parts = append(one.Parts, u)
		if c.Status == response.Late && c.Overdue.IsZero() {
			r.Timeline = append(r.Timeline, b.event(c.Deadline, string(response.KindOverdue), c.Partner, acts[response.KindOverdue]+a.Title))
		}
	}
	for _, h := range a.History {
		if h.Moot != "" {
			continue
		}
		who := h.Partner
		if h.Kind == response.KindOverdue {
			who = h.About
		}
		e := b.event(h.At, string(h.Kind), who, cmp.Or(acts[h.Kind], string(h.Kind)+": ")+a.Title)
		if h.Note != "" {
			e.Text += " (" + h.Note + ")"
		}
		if e.Seq = h.Seq; h.Kind == response.KindOpened && a.Volunteered {
			e.Text = "volunteered, without being told to: " + a.Title
		}
		r.Timeline = append(r.Timeline, e)
	}
	return one
}

// standings are of the partners whose accounts the reader may see.
func (b *board) standings(r *Report) {
	actions, calls := map[response.ActionID]bool{}, map[response.CallID]bool{}
	for _, a := range r.Acted.Actions {
		actions[a.ID] = true
	}
	for _, c := range r.Acted.Calls {
		calls[c.ID] = true
	}
	for _, p := range b.m.directory.Partners() {
		dealings, err := b.state.Dealings(b.m.who, p.ID, b.m.asOf)
		if err != nil {
			continue // not for this reader
		}
		one := Standing{Who: b.m.party(string(p.ID))}
		none := one
		for _, d := range dealings {
			if actions[d.Action] || calls[d.Call] {
				one.add(d)
			}
		}
		if one != none {
			if p.ID != b.m.who.Partner {
				b.m.narrow(access.AmberStrict) // accounts are for coordinators, and those that they are shown to
			}
			r.Acted.Partners = append(r.Acted.Partners, one)
		}
	}
}

// acts are the words of what happens to an action.
var acts = map[ledger.Kind]string{
	response.KindOpened:           "asked for: ",
	response.KindApproved:         "approved: ",
	response.KindRefused:          "refused approval of: ",
	response.KindCommitted:        "committed to: ",
	response.KindDone:             "did: ",
	response.KindContested:        "is not convinced by the evidence of: ",
	response.KindContestWithdrawn: "no longer contests the evidence of: ",
	response.KindRolledBack:       "rolled back: ",
	response.KindCancelled:        "called off: ",
	response.KindDeadlineMoved:    "moved the deadline of: ",
	response.KindOwnerOffered:     "offered the lead of: ",
	response.KindOwnerAccepted:    "took the lead of: ",
	response.KindOwnerDeclined:    "declined the lead of: ",
	response.KindOverdue:          "is late: ",
}
