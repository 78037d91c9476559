package chronicle

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// row is things that happened, in the order of their times. An event of it is made
// only when it is shown.
type row interface {
	count() int
	at(i int) time.Time
	kind(i int) ledger.Kind
	shown(who access.Principal, i int) bool
	event(i int) Event
}

// countUntil is how many of a row are not later than a time.
func countUntil(r row, t time.Time) int {
	return sort.Search(r.count(), func(i int) bool { return r.at(i).After(t) })
}

// rows are what happened to an outbreak, with what happened to those that had been
// merged into it by then. They may hold what is later.
func (s *State) rows(who access.Principal, id string, t time.Time) (list []row) {
	for i, one := range s.goingOnAs(who, id, t) {
		of := s.stories[one]
		list = append(list, turns{of, i > 0}, reporters{of, i > 0})
		for _, a := range of.actions {
			if who.MaySee(a.by, a.audience) {
				list = append(list, a)
			}
		}
	}
	for _, m := range s.stories[id].shields {
		if !m.since.at.After(t) && m.shownTo(who) {
			list = append(list, m)
		}
	}
	return list
}

// turns are the entries about an outbreak itself.
type turns struct {
	*story
	merged bool
}

func (r turns) count() int             { return len(r.turns) }
func (r turns) at(i int) time.Time     { return r.turns[i].at.at }
func (r turns) kind(i int) ledger.Kind { return r.turns[i].kind }

func (r turns) shown(who access.Principal, i int) bool {
	one := &r.turns[i]
	return one.outbreak.ID != "" || who.MaySee(access.PartnerID(one.by), one.audience)
}

func (r turns) event(i int) Event {
	one := &r.turns[i]
	about := one.outbreak.Into
	if r.merged && one.kind == outbreak.KindMerged {
		about = r.id
	}
	return Event{
		TLP: green(cmp.Or(one.audience.TLP, r.tlp)), At: one.at.at, Seq: one.at.seq, Kind: one.kind, By: one.by, Text: one.text, About: about, Into: r.merged,
		Hosts: last(r.hosts, one.at.at), False: one.outbreak.FalseAlarm,
		Partner: until(r.partners, one.at.at, func(j joined) time.Time { return j.at }),
	}
}

// reporters are who reported an outbreak first when.
type reporters struct {
	*story
	merged bool
}

func (r reporters) count() int                           { return len(r.partners) }
func (r reporters) at(i int) time.Time                   { return r.partners[i].at }
func (r reporters) kind(int) ledger.Kind                 { return KindJoined }
func (r reporters) shown(_ access.Principal, _ int) bool { return true }

func (r reporters) event(i int) Event {
	p := &r.partners[i]
	return Event{At: p.at, Seq: p.seq, Kind: KindJoined, TLP: r.tlp, By: p.name, Into: r.merged}
}

// The steps of an action.

func (a *action) count() int                             { return len(a.steps) }
func (a *action) at(i int) time.Time                     { return a.steps[i].At }
func (a *action) kind(i int) ledger.Kind                 { return a.steps[i].Kind }
func (a *action) shown(who access.Principal, i int) bool { return a.steps[i].to.shownTo(who) }

func (a *action) event(i int) Event {
	step := &a.steps[i]
	return Event{At: step.At, Seq: step.Seq, Kind: step.Kind, By: string(step.Partner), About: string(a.id), TLP: access.Narrower(a.audience.TLP, step.to.audience.TLP)}
}

// The steps of a protection.

func (s *shield) count() int                             { return len(s.steps) }
func (s *shield) at(i int) time.Time                     { return s.steps[i].At }
func (s *shield) kind(int) ledger.Kind                   { return protect.KindDecided }
func (s *shield) shown(who access.Principal, i int) bool { return s.steps[i].to.shownTo(who) }

func (s *shield) event(i int) Event {
	step := s.steps[i]
	return Event{At: step.At, Seq: step.Seq, Kind: protect.KindDecided, By: step.By, About: s.ID, Title: s.Text, TLP: s.tlp(step), Text: step.Reason, Status: step.Status}
}

// told are the steps until a moment of which the reader may be told.
func (s *shield) told(who access.Principal, t time.Time) []ShieldStep {
	list := slices.Clone(s.steps[:countUntil(s, t)])
	return slices.DeleteFunc(list, func(one ShieldStep) bool { return !one.to.shownTo(who) })
}
