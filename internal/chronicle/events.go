package chronicle

import (
	"cmp"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Event is something that happened: an entry, and what it is about.
type Event struct {
	At      time.Time
	Seq     ledger.Seq
	Kind    ledger.Kind
	By      string // a partner, the hub, or "administrator"
	About   string // the id of a protection, an action or another outbreak
	Title   string // of a protection its value
	TLP     access.TLP
	Text    string // what was said, or the rule that rang
	Hosts   int    // of an outbreak as it then was
	Into    bool   // About goes on as this one
	False   bool   // it ended as a false alarm
	Status  protect.Status
	Partner int // how many had reported
}

// Events are what happened to an outbreak up to a moment, as far as the reader may be
// told, the newest first.
func (s *State) Events(who access.Principal, id string, t time.Time) ([]Event, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	of, err := s.visible(who, id, t)
	if err != nil {
		return nil, err
	}
	var list []Event
	for i, one := range s.goingOnAs(id, t) {
		list = append(list, s.stories[one].told(who, t, i > 0)...)
		for _, a := range s.stories[one].actions {
			if !who.MaySee(a.by, a.audience) {
				continue
			}
			for _, step := range a.steps[:until(a.steps, t, func(one Step) time.Time { return one.At })] {
				list = append(list, Event{At: step.At, Seq: step.Seq, Kind: step.Kind, By: string(step.Partner), About: string(a.id), TLP: a.audience.TLP})
			}
		}
	}
	for _, one := range of.shields {
		if shown, known := one.at(who, t); known {
			for _, step := range shown.Steps {
				list = append(list, Event{At: step.At, Seq: step.Seq, Kind: protect.KindDecided, By: step.By, About: one.ID, Title: one.Text, TLP: shown.Audience.TLP, Text: step.Reason, Status: step.Status})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Event) int { return int(b.Seq) - int(a.Seq) })
	return list, nil
}

// told are the entries about the outbreak itself, and who reported it first when.
func (of *story) told(who access.Principal, t time.Time, merged bool) (list []Event) {
	for _, one := range of.turns {
		if one.at.at.After(t) || one.outbreak.ID == "" && !who.MaySee(access.PartnerID(one.by), one.audience) {
			continue
		}
		about := one.outbreak.Into
		if merged && one.kind == outbreak.KindMerged {
			about = of.id
		}
		list = append(list, Event{
			TLP: green(cmp.Or(one.audience.TLP, of.tlp)), At: one.at.at, Seq: one.at.seq, Kind: one.kind, By: one.by, Text: one.text, About: about, Into: merged,
			Hosts: one.outbreak.Sources, False: one.outbreak.FalseAlarm,
			Partner: until(of.partners, one.at.at, func(j joined) time.Time { return j.at }),
		})
	}
	for _, p := range of.partners[:until(of.partners, t, func(j joined) time.Time { return j.at })] {
		list = append(list, Event{At: p.at, Seq: p.seq, Kind: KindJoined, TLP: of.tlp, By: p.name, Hosts: p.hosts, Into: merged})
	}
	return list
}

// KindJoined is of the event that a partner has reported an outbreak for the first
// time; there is no entry of this kind: it is of whatever entry made it known.
const KindJoined ledger.Kind = "partner.reported"
