package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/chronicle"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// before is how long before its first sign an incident may have been known of:
// indicators that nobody sees yet come earlier than the outbreak.
const before = 90 * 24 * time.Hour

// alarm is the outbreak by its own entries: the rule that rang is not asked again.
type alarm struct {
	m    *moment
	id   string
	all  map[string]*rung
	said []said
	// What find has found: this outbreak, and with it those that were merged into it.
	of    *rung
	ids   map[string]bool
	about map[outbreak.Subject]bool
}

// rung is one outbreak as the ledger has it.
type rung struct {
	outbreak.Outbreak // its latest entry, up to the moment
	first             outbreak.Outbreak
	raised            ledger.Entry
	over              ledger.Seq // of the entry that ended it; 0: none
	tlp               access.TLP // the narrowest that it was ever marked, also since
	events            []Event
}

// said is a coordinator's word.
type said struct {
	outbreak.Warning
	e ledger.Entry
}

func newAlarm(m *moment, id string) *alarm { return &alarm{m: m, id: id, all: map[string]*rung{}} }

func (a *alarm) kinds() []ledger.Kind {
	return []ledger.Kind{outbreak.KindRaised, outbreak.KindGrown, outbreak.KindMerged, outbreak.KindEnded, outbreak.KindWord}
}

func (a *alarm) apply(e ledger.Entry) error {
	if e.Kind == outbreak.KindWord {
		return ledger.Fold(e, func(e ledger.Entry, w outbreak.Warning) { a.said = append(a.said, said{w, e}) })
	}
	return ledger.Fold(e, a.decided)
}

// decided takes an entry as outbreak.State does: what is no longer open stays.
func (a *alarm) decided(e ledger.Entry, o outbreak.Outbreak) {
	r := a.all[o.ID]
	if r != nil && r.Status != outbreak.Open {
		return
	}
	if o.Status = cmp.Or(o.Status, outbreak.Open); o.Status == outbreak.Merged {
		if into := a.all[o.Into]; r == nil || into == nil || into.Status != outbreak.Open {
			return
		}
	}
	if r == nil {
		r = &rung{raised: e, first: o}
		a.all[o.ID] = r
	}
	if r.Outbreak, r.tlp = o, access.Narrower(cmp.Or(r.tlp, access.Green), cmp.Or(o.TLP, access.Green)); o.Status != outbreak.Open {
		r.over = e.Seq
	}
	r.events = append(r.events, Event{At: e.Time, Seq: e.Seq, Kind: string(e.Kind), Who: a.by(e, o), Text: wordsOf(e.Kind, o)})
}

// by is who decided: the rule's entries and those of coordinators are the hub's.
func (a *alarm) by(e ledger.Entry, o outbreak.Outbreak) *Party {
	p := a.m.party(cmp.Or(o.By, e.Actor))
	return &p
}

func wordsOf(kind ledger.Kind, o outbreak.Outbreak) string {
	switch kind {
	case outbreak.KindRaised:
		return "alarm: " + o.Rule
	case outbreak.KindMerged:
		return "goes on as " + o.Into + ": " + o.Because
	case outbreak.KindEnded:
		if o.FalseAlarm {
			return "ended as a false alarm: " + o.Because
		}
		return "ended: " + o.Because
	}
	return fmt.Sprintf("has grown to %s and %s, severity %s", count(len(o.Partners), "partner"), count(o.Sources, "host"), o.Severity)
}

// since is told of entries after the moment: what is marked more narrowly by now
// is not shown as it was.
func (a *alarm) since(e ledger.Entry) error {
	if e.Kind == outbreak.KindWord {
		return nil
	}
	return ledger.Fold(e, func(_ ledger.Entry, o outbreak.Outbreak) {
		if r := a.all[o.ID]; r != nil {
			r.tlp = access.Narrower(r.tlp, cmp.Or(o.TLP, access.Green))
		}
	})
}

// find finds the incident, and with it what was merged into it.
func (a *alarm) find() error {
	a.of = a.all[a.id]
	if err := a.visible(); err != nil {
		return err
	}
	a.ids, a.about = map[string]bool{a.id: true}, map[outbreak.Subject]bool{}
	for grown := true; grown; {
		grown = false
		for id, r := range a.all {
			if r.Status == outbreak.Merged && a.ids[r.Into] && !a.ids[id] {
				a.ids[id], grown = true, true
			}
		}
	}
	for _, s := range a.of.About {
		a.about[s] = true
	}
	a.m.from = a.of.FirstSeen.Add(-before)
	if a.of.FirstSeen.IsZero() {
		a.m.from = a.of.raised.Time.Add(-before)
	}
	return nil
}

// visible fails unless the reader may see the incident, as everything that was said
// of it until now is marked.
func (a *alarm) visible() error {
	if a.of == nil || !a.m.who.MaySee("", access.ToCommunity(a.of.tlp)) {
		return fmt.Errorf("%w: no incident has this id as of %s, or none that this reader may see: tocsin outbreak list has them", access.ErrNotFound, a.m.asOf.Format(time.RFC3339))
	}
	a.m.narrow(a.of.tlp)
	return nil
}

func (a *alarm) tell(r *Report) {
	subjects := make([]string, 0, len(a.of.About))
	for _, s := range a.of.About {
		subjects = append(subjects, s.String())
	}
	r.Head.Incident, r.Head.What = a.id, "an outbreak: "+cmp.Or(strings.Join(subjects, "; "), a.of.Rule)
	for id := range a.ids {
		r.Timeline = append(r.Timeline, a.all[id].events...)
	}
	belongs := chronicle.To(a.of.Outbreak)
	for _, w := range a.said {
		if belongs.Warning(w.Warning) && a.m.sees(w.e.Actor, w.e.Audience) {
			who := a.m.party(w.e.Actor)
			r.Timeline = append(r.Timeline, Event{At: w.e.Time, Seq: w.e.Seq, Kind: string(w.e.Kind), Who: &who, Text: "a coordinator's word: " + w.Reason})
		}
	}
	if first := a.of.FirstSeen; !first.IsZero() && !first.After(a.m.asOf) {
		r.Timeline = append(r.Timeline, Event{At: first, Telemetry: first, Kind: "outbreak.began", Text: "the first sign of it, by the telemetry; nobody knew yet"})
	}
}
