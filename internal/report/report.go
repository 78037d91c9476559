// Package report makes the after-action report of an incident from the ledger
// alone, as of any moment: what was known when, who acted, and how long each
// stage took.
//
// Two moments are kept apart. What happened is folded up to the moment that is
// asked about: nothing later is in the report. Who may see it is asked of the
// markings as they are now: what was withdrawn or tightened since is left out of
// a report of any moment. The rule is access.Principal.MaySee on the audience of
// each entry, for coordinators as for everybody: a report is handed on.
//
// The same ledger, moment and reader give the same bytes. The head names the entry
// that it rests on and the last one whose markings were asked.
//
// Where what is:
//
//   - words: the report, member by member, in reading order; html and its page.
//   - moment: the two moments, who reads, who is who; reading: the entries, twice.
//     First come those that are few: each room folds its own. What the incident is
//     about is known then, and of the many (reports of sightings, receipts,
//     contributions) only what names it is taken apart.
//   - The rooms: alarm, protections, receipts, sightings, told, board and those
//     of the other chapters; each writes its part.
//   - What follows from all: latency, known, gaps, summary, whatif.
package report

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Ledger is what of a ledger is read.
type Ledger interface {
	ledger.Reader
	Head(ctx context.Context) (ledger.Head, error)
}

// room is one part of what is reported: it folds the entries that are few.
type room interface {
	kinds() []ledger.Kind
	// apply folds an entry that is not later than the moment.
	apply(e ledger.Entry) error
	teller
}

// teller writes its part of the report once everything is folded.
type teller interface{ tell(r *Report) }

func tellers(rooms []room) []teller {
	list := make([]teller, 0, len(rooms))
	for _, one := range rooms {
		list = append(list, one)
	}
	return list
}

// Build makes the report of an incident, an outbreak's id, for a reader as of a
// moment; the zero time is that of the ledger's last entry. An incident that there
// was not yet, or that the reader may not see, is access.ErrNotFound.
func Build(ctx context.Context, l Ledger, who access.Principal, incident string, asOf time.Time, o Options) (Report, error) {
	refuse := func(err error) (Report, error) {
		return Report{}, fmt.Errorf("report of %s: %w", incident, err)
	}
	m, err := newMoment(ctx, l, who, asOf)
	if err != nil {
		return refuse(err)
	}
	a := newAlarm(m, incident)
	if err := m.few(ctx, l, m, a); err != nil {
		return refuse(err)
	}
	if err := a.find(); err != nil {
		return refuse(err)
	}
	p := newProtections(m, a)
	rooms := append([]room{p}, chapters(m, a, o)...)
	if err := m.few(ctx, l, rooms...); err != nil {
		return refuse(err)
	}
	s := newSeen(m, a, p)
	if err := m.many(ctx, l, s); err != nil {
		return refuse(err)
	}
	if err := a.visible(); err != nil {
		return refuse(err)
	}
	r := Report{Summary: []Line{}, Timeline: []Event{}, Known: []Known{}, Latencies: []Stage{}, Chapters: []Chapter{}, Unknown: []string{}}
	for _, one := range append([]teller{m, a, p, s}, tellers(rooms[1:])...) {
		one.tell(&r)
	}
	r.latencies(a, p, s)
	if o.Seeds > 0 {
		if r.Model, err = ask(ctx, a, &r, o); err != nil {
			return refuse(err)
		}
	}
	r.finish(m)
	return r, nil
}

// finish puts together what follows from all parts.
func (r *Report) finish(m *moment) {
	slices.SortStableFunc(r.Timeline, compareEvents)
	r.Omitted = max(0, len(r.Timeline)-maxEvents)
	if r.Omitted > 0 {
		r.Timeline = thinned(r.Timeline, maxEvents)
	}
	r.gaps()
	r.summarise()
	r.Head.TLP = m.tlp
	if !m.who.AtLeast(access.Administrator) {
		r.unnumbered()
	}
}

// unnumbered takes the places in the ledger away.
func (r *Report) unnumbered() {
	r.Head.RestsOn.Seq, r.Head.Markings.Seq = 0, 0
	for i := range r.Timeline {
		r.Timeline[i].Seq = 0
	}
	for i := range r.Known {
		k := &r.Known[i]
		for _, one := range []*Moment{k.Seen, k.Contributed, k.Decided, k.Everyone, k.Ended} {
			if one != nil {
				one.Seq = 0
			}
		}
	}
}
