package exercise

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// judge is a hub's deciders on a chain of entries in memory: what package views
// does, without a disk and without a clock of its own.
type judge struct {
	head     ledger.Head
	alarms   *outbreak.State
	protect  *protect.State
	refusals map[observable.Value]string // the guard that refused
	blocked  map[observable.Value]bool   // ever
}

// hubAddress and sinkholeAddress are the hub's own, and guarded (RFC 5737).
var (
	hubAddress      = netip.MustParseAddr("192.0.2.1")
	sinkholeAddress = netip.MustParseAddr("192.0.2.80")
)

func newJudge() *judge {
	own := protect.Own{Addresses: []netip.Addr{hubAddress}}
	return &judge{
		alarms: outbreak.NewState(outbreak.Config{}),
		protect: protect.NewState(protect.Config{
			Sinkhole: sinkholeAddress, Guards: append(protect.DefaultGuards(), own),
		}),
		refusals: map[observable.Value]string{},
		blocked:  map[observable.Value]bool{},
	}
}

// report appends a partner's report as the hub stamps it.
func (j *judge) report(from reporter, r sighting.Report, now time.Time) error {
	r.Sector, r.Country, r.Organisation, r.Designated = from.sector, from.country, from.organisation, from.designated
	d, err := ledger.NewDraft(sighting.KindReported, string(from.id), access.ToCommunity(access.Green).String(), r)
	if err != nil {
		return err
	}
	return j.append(d, now)
}

func (j *judge) append(d ledger.Draft, now time.Time) error {
	e, _, err := ledger.Seal(d, j.head, now)
	if err != nil {
		return err
	}
	j.head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
	if err := errors.Join(j.alarms.Apply(e), j.protect.Apply(e)); err != nil {
		return err
	}
	switch e.Kind {
	case protect.KindDecided:
		return ledger.Fold(e, func(_ ledger.Entry, p protect.Protection) {
			if p.Polarity == protect.Block && p.Holds(now) {
				j.blocked[p.Value] = true
			}
		})
	case protect.KindRefused:
		return ledger.Fold(e, func(_ ledger.Entry, r protect.Refusal) { j.refusals[r.Value] = r.Guard })
	}
	return nil
}

// maxRounds bounds how often the deciders are asked about one minute: at most
// 1,000 drafts come of one call.
const maxRounds = 1000

// decide asks the deciders until they ask for nothing more.
func (j *judge) decide(now time.Time) error {
	for range maxRounds {
		drafts := append(j.alarms.Pending(now), j.protect.Pending(now)...)
		if len(drafts) == 0 {
			return nil
		}
		for _, d := range drafts {
			if err := j.append(d, now); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("decide: the rules still ask after %d rounds", maxRounds)
}

// hold has a coordinator make a name must-resolve. A guard's refusal is an error.
func (j *judge) hold(name observable.Value, now time.Time) error {
	coordinator := access.Principal{Partner: "identity--coordinator", Role: access.Coordinator, Communities: []string{access.DefaultCommunity}}
	d, err := j.protect.Ask(coordinator, protect.Request{Value: name, Polarity: protect.MustResolve, Reason: "the worm exits where this name answers"}, now)
	if err != nil {
		return err
	}
	return j.append(d, now)
}

// held is what is in force, by value and polarity.
func (j *judge) held(now time.Time) map[string]bool {
	list := map[string]bool{}
	for _, p := range j.protect.Effective(now) {
		list[string(p.Polarity)+" "+p.Text] = true
	}
	return list
}
