package notice

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/disclosure"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

func (s *State) alertIssued(e ledger.Entry, of Alert) {
	audience, err := access.ParseAudience(e.Audience)
	if err != nil || of.ID == "" || s.alerts[of.ID] != nil || of.Validate() != nil {
		return
	}
	a := &alert{
		Alert: of, by: access.PartnerID(e.Actor), at: e.Time, seq: e.Seq, hash: e.Hash,
		audience: audience, answered: map[access.PartnerID]bool{},
	}
	a.reached = s.whom(a.by, audience, of.To)
	s.keep(a)
	r := Raising{
		Topic: TopicAlert, Severity: of.Severity, Subject: string(of.ID), TLP: audience.TLP, Owner: a.by, Audience: audience,
		Title: of.Title, Text: of.Text, NeedsAck: true, Alert: of.ID, Partners: a.reached,
	}
	if old := s.alerts[of.Replaces]; old != nil && old.withdrawn.IsZero() && (old.by == a.by || e.Actor == access.Hub) {
		r.Title = "correction: " + of.Title
		old.next = of.ID
		s.takeBack(e, old, "it was corrected by another alert: "+of.Title, a.reached)
	}
	s.cause(e, r)
	if a.by != access.Hub && len(a.reached) > 0 {
		s.await(e, e.Time.Add(s.within(a)), whyUnanswered, func() Raising { return a.unanswered("in time") })
	}
}

// keep takes an alert in; the oldest goes where there are too many.
func (s *State) keep(a *alert) {
	s.alerts[a.ID] = a
	s.issued = append(s.issued, a)
	for _, subject := range a.subjects() {
		s.about[subject] = append(s.about[subject], a)
	}
	latest := slices.DeleteFunc(s.latest[a.by], func(at time.Time) bool { return a.at.Sub(at) >= 24*time.Hour })
	s.latest[a.by] = append(latest, a.at)
	if len(s.issued) <= maxAlerts {
		return
	}
	oldest := s.issued[0]
	s.issued = slices.Delete(s.issued, 0, 1)
	delete(s.alerts, oldest.ID)
	for _, subject := range oldest.subjects() {
		rest := slices.DeleteFunc(s.about[subject], func(other *alert) bool { return other == oldest })
		if s.about[subject] = rest; len(rest) == 0 {
			delete(s.about, subject)
		}
	}
}

// subjects are what an alert is found by, each once.
func (a *alert) subjects() []string {
	list := slices.Clone(a.Subjects)
	if a.Outbreak != "" {
		list = append(list, a.Outbreak)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (s *State) within(a *alert) time.Duration {
	if a.Within > 0 {
		return a.Within.Duration()
	}
	return s.cfg.Within
}

// Why who issued an alert is told of it once more.
const (
	whyUnanswered = "unanswered"
	whyLadders    = "ladders"
)

// awaitLadders has who issued an alert told when the last partner's ladder has ended,
// if that is after the time to acknowledge it.
func (s *State) awaitLadders(a *alert, partners []access.PartnerID) {
	var last time.Duration
	for _, p := range partners {
		if steps := s.ladders[p].Steps; len(steps) > 0 {
			last = max(last, steps[len(steps)-1].After.Duration()+minAfter)
		}
	}
	if a.by == access.Hub || last <= s.within(a) || !a.withdrawn.IsZero() || len(a.answered) == len(a.reached) {
		return
	}
	s.await(ledger.Entry{Seq: a.seq, Hash: a.hash}, a.at.Add(last), whyLadders, func() Raising { return a.unanswered("though they were told again and again") })
}

// unanswered tells who issued an alert how many have not acknowledged it.
func (a *alert) unanswered(how string) Raising {
	return Raising{
		Topic: TopicAlert, Severity: a.Severity, Subject: string(a.ID), TLP: a.audience.TLP, Owner: a.by, Audience: a.audience,
		Title:    fmt.Sprintf("%d of %d partners have not acknowledged: %s", len(a.reached)-len(a.answered), len(a.reached), a.Title),
		Text:     "They have not acknowledged it " + how + ". Who they are the alert says at the hub: reach them by other means.",
		Partners: []access.PartnerID{a.by},
	}
}

func (s *State) alertAcknowledged(e ledger.Entry, k Acknowledgement) {
	partner := access.PartnerID(e.Actor)
	a := s.alerts[k.Alert]
	if a == nil || !a.reaches(partner) {
		return
	}
	s.answered(a, partner, e.Time, k.Words)
	if it := s.ofAlert(partner, k.Alert); it != nil {
		s.readBy(it, e.Time)
	}
}

// answered takes a partner's first acknowledgement.
func (s *State) answered(a *alert, partner access.PartnerID, t time.Time, words string) {
	if a.answered[partner] || !a.reaches(partner) {
		return
	}
	a.answered[partner] = true
	a.answers = append(a.answers, Answer{Partner: partner, At: t, AfterS: t.Sub(a.at).Seconds(), Words: words})
	if len(a.answered) == len(a.reached) {
		s.settle(a)
	}
}

// settle has nobody told any more that an alert was not acknowledged.
func (s *State) settle(a *alert) {
	s.still(a.hash, whyUnanswered)
	s.still(a.hash, whyLadders)
}

func (s *State) ofAlert(partner access.PartnerID, id AlertID) *item {
	return s.inboxes[partner].last(func(it *item) bool { return it.Alert == id })
}

func (s *State) alertWithdrawn(e ledger.Entry, w Withdrawal) {
	a := s.alerts[w.Alert]
	if a == nil || !a.withdrawn.IsZero() || e.Actor != string(a.by) && e.Actor != access.Hub {
		return
	}
	s.takeBack(e, a, w.Reason, nil)
}

// takeBack withdraws an alert: what of it waits is not sent, and whom it may have
// reached is told, but those whom what comes instead of it tells.
func (s *State) takeBack(e ledger.Entry, a *alert, reason string, told []access.PartnerID) {
	a.withdrawn, a.reason = e.Time, reason
	s.settle(a)
	s.causes = slices.DeleteFunc(s.causes, func(r *Raising) bool { return r.Alert == a.ID })
	for _, b := range a.bulletins {
		b.takenBack = true
	}
	var tell []access.PartnerID
	for _, p := range a.reached {
		it := s.ofAlert(p, a.ID)
		if it == nil {
			continue // it was not raised yet
		}
		s.halt(it)
		for _, c := range s.channelsOf[p] {
			if s.unpack(c, it, e.Time) {
				it.spared = append(it.spared, c.ID)
			}
		}
		if _, instead := slices.BinarySearch(told, p); !instead {
			tell = append(tell, p)
		}
	}
	s.cause(e, Raising{
		Topic: TopicAlert, Severity: a.Severity, Subject: string(a.ID), Why: "withdrawn", TLP: a.audience.TLP, Owner: a.by, Audience: a.audience,
		Title: "withdrawn: " + a.Title, Text: reason, Withdraws: a.ID, Partners: tell,
	})
}

// sparedFrom are the channels that were never told what a notice takes back.
func (s *State) sparedFrom(it *item) []string {
	if it.Withdraws == "" {
		return nil
	}
	if old := s.ofAlert(it.partner, it.Withdraws); old != nil {
		return old.spared
	}
	return nil
}

// status is an alert for a reader; whole says with whom it concerns.
func (s *State) status(p access.Principal, a *alert, whole bool) AlertStatus {
	v := AlertStatus{
		Alert: a.Alert, By: a.by, At: a.at, Audience: a.audience,
		Withdrawn: a.withdrawn, Reason: a.reason, ReplacedBy: a.next,
		ForYou: p.Partner != "" && a.reaches(p.Partner),
	}
	if v.ForYou && a.answered[p.Partner] {
		i := slices.IndexFunc(a.answers, func(one Answer) bool { return one.Partner == p.Partner })
		mine := a.answers[i]
		v.Your = &mine
	}
	if p.AtLeast(access.Coordinator) || p.Partner != "" && p.Partner == a.by {
		reached, acknowledged := len(a.reached), len(a.answered)
		v.Reached, v.Acknowledged = &reached, &acknowledged
		if whole {
			v.Waiting, v.Answers = a.waiting(), slices.Clone(a.answers)
		}
		return v
	}
	v.Reached, v.Acknowledged = s.disclosed(a)
	return v
}

// disclosed are the counts that tell nothing of one organisation alone: of those that
// were reached, and of those that have acknowledged if they and the rest are enough.
func (s *State) disclosed(a *alert) (reached, acknowledged *int) {
	done, open := map[string]bool{}, map[string]bool{}
	for _, id := range a.reached {
		p, _ := s.dir.Partner(id)
		name := p.Organisation
		if name == "" {
			name = string(id)
		}
		if a.answered[id] {
			done[name] = true
		} else {
			open[name] = true
		}
	}
	for name := range done { // some of its partners have, and it counts once
		delete(open, name)
	}
	groups := []disclosure.Group{{Name: "acknowledged", Organisations: len(done)}, {Name: "waiting", Organisations: len(open)}}
	sum := 0
	for _, g := range disclosure.Safe(groups, s.cfg.SmallestGroup) {
		n := g.Organisations
		sum += n
		if g.Name == "acknowledged" {
			acknowledged = &n
		}
	}
	if sum > 0 {
		reached = &sum
	}
	return reached, acknowledged
}
