package web

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// needsView is what waits for the reader's partner: the newest of each, and how many
// there are beyond those. What it was told and has to acknowledge comes first.
type needsView struct {
	Notices     []notice.Notice
	NoticesMore bool
	Duties      []dutyView // due within a day, or late; the first deadline first
	DutiesMore  int
	Calls       []response.Call // that reached it, open and not answered
	CallsMore   int
	Asked       []response.Action // not answered
	AskedMore   int
	Votes       []owedView // statements of cases on which it has not voted
	VotesMore   bool
	Missing     *cell     // its own partner, where not everything is in force
	Waiting     []covered // only watched so far, until somebody decides
	WaitingMore int
}

// Any says whether anything waits.
func (v needsView) Any() bool {
	return len(v.Notices)+len(v.Duties)+len(v.Calls)+len(v.Asked)+len(v.Votes)+len(v.Waiting) > 0 || v.Missing != nil
}

// dueSoon is how long before its deadline a report is among what needs the reader.
const dueSoon = 24 * time.Hour

// needs is made of the protections in force beside must-resolve, and of what the
// reader's partner has of them.
func (p *pages) needs(r reading, active []*protect.Protection, has *cell) (v needsView) {
	for _, one := range active {
		if !r.coordinates() || one.Polarity != protect.Observe || one.By != access.Hub {
			continue
		}
		if len(v.Waiting) == few {
			v.WaitingMore++
			continue
		}
		v.Waiting = append(v.Waiting, covered{Protection: *one})
	}
	if has != nil && has.InForce < has.Of {
		v.Missing = has
	}
	own, present := p.Views.Access.Partner(r.who.Partner)
	if !present {
		return v
	}
	now := p.Clock()
	v.Notices, v.NoticesMore = p.Views.Notices.InboxPage(r.who, true, "", few)
	for _, d := range p.Views.Duties.List(r.who, now) {
		if d.Partner == own.ID && d.Next != "" && d.NextDeadline.Sub(now) <= dueSoon {
			v.Duties = append(v.Duties, p.dutyView(r, d))
		}
	}
	slices.SortStableFunc(v.Duties, func(a, b dutyView) int { return a.NextDeadline.Compare(b.NextDeadline) })
	v.Duties, v.DutiesMore = foremost(v.Duties)
	for _, c := range p.Views.Response.Calls(r.who, response.CallQuery{Open: true, Yours: true}) {
		if c.CalledYou && c.Your == nil {
			v.Calls = append(v.Calls, c)
		}
	}
	v.Calls, v.CallsMore = foremost(v.Calls)
	// Of a brief action nobody can tell who has answered: that the standing says.
	waiting := p.Views.Response.Standing(r.who, own.ID, own.Sector, now).Waiting
	slices.Reverse(waiting)
	waiting, v.AskedMore = foremost(waiting)
	for _, id := range waiting {
		if a, err := p.Views.Response.Get(r.who, id, now); err == nil {
			v.Asked = append(v.Asked, a)
		}
	}
	v.Votes, v.VotesMore = p.votesOwed(r)
	return v
}

// owedView is a statement that waits for the vote of the reader's partner.
type owedView struct {
	waitingView
	TLP access.TLP
}

// votesOwed are those of the cases that wait for the partner: the list of cases begins
// with them.
func (p *pages) votesOwed(r reading) (list []owedView, more bool) {
	cases, _ := p.Views.Cases.Summaries(r.who, "", few+1)
	for _, one := range cases {
		for _, s := range one.Owed {
			if len(list) == few {
				return list, true
			}
			list = append(list, owedView{waiting(one.Question, string(s.Document.Finding), s), one.TLP})
		}
	}
	return list, false
}

// foremost is the few that the first page shows of a list, and how many are left.
func foremost[T any](list []T) ([]T, int) {
	return list[:min(len(list), few)], max(0, len(list)-few)
}
