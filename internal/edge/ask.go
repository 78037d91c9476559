package edge

import (
	"net/netip"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/hashset"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/watch"
)

// Answer is what came of an event that waited. Each is told once.
type Answer struct {
	Event *telemetry.Event // a copy, to keep, without its Properties
	Ref   uint64           // the caller's name of the event
	// Hits are what the hub named, as a Watcher would have given them.
	Hits []watch.Hit
	// Open are the numbers of the observables that waited and that the hub did
	// not name, or not in time: they are to be looked up in what the stream
	// has brought meanwhile, and remembered.
	Open []int
}

// Asker asks of events, one after the other. It belongs to one goroutine.
type Asker struct {
	b      *Bootstrap
	told   func(Answer)
	probes []probe
	waits  []bool
}

// probe is a value that the set may have.
type probe struct {
	fingerprint uint64
	seen        int // the number of the observable
	prefix      netip.Prefix
	named       []client.Named
}

// sought is an event that waits.
type sought struct {
	asker  *Asker
	answer Answer
	probes []probe
	left   int // probes without an answer
	size   int // bytes of memory, about
	since  time.Time
}

// Asker makes an asker. told is called with each answer, from any goroutine;
// from that of Ask itself where the answer is known.
func (b *Bootstrap) Asker(told func(Answer)) *Asker { return &Asker{b: b, told: told} }

// Ask asks the hub for what an event shows and the set may have, but for what
// has hit already. It says of each observable whether an answer is to come: the
// caller then leaves it alone until told. It is nil where none is, also when
// too much waits. It never blocks on the hub, and is valid until the next call.
//
// A domain is looked for as it is, since a STIX "=" is exact; an address also
// by the prefixes around it.
func (a *Asker) Ask(e *telemetry.Event, ref uint64, hits []watch.Hit) (waits []bool) {
	set := a.b.set.Load()
	if set == nil {
		return nil
	}
	a.probes = a.probes[:0]
	for i := range e.Observables {
		a.probe(set, i, &e.Observables[i].Value, hits)
	}
	if len(a.probes) == 0 || !a.b.seek(a, e, ref) {
		return nil
	}
	a.waits = append(a.waits[:0], make([]bool, len(e.Observables))...)
	for i := range a.probes {
		a.waits[a.probes[i].seen] = true
	}
	return a.waits
}

func (a *Asker) probe(set *known, i int, v *observable.Value, hits []watch.Hit) {
	if f := hashset.Fingerprint(string(v.Type), v.Text); set.May(f) && !hasHit(hits, v.Type, v.Text) {
		a.probes = append(a.probes, probe{fingerprint: f, seen: i})
	}
	around := set.v4
	if v.Type == observable.IPv6 {
		around = set.v6
	} else if v.Type != observable.IPv4 {
		return
	}
	if len(around) == 0 {
		return
	}
	address, ok := v.Prefix()
	if !ok || !address.IsSingleIP() {
		return
	}
	for _, length := range around {
		p, _ := address.Addr().Prefix(length) // it has as many bits
		var room [64]byte
		text := string(p.AppendTo(room[:0]))
		if f := hashset.Fingerprint(string(v.Type), text); set.May(f) && !hasHit(hits, v.Type, text) {
			a.probes = append(a.probes, probe{fingerprint: f, seen: i, prefix: p})
		}
	}
}

func hasHit(hits []watch.Hit, kind observable.Type, text string) bool {
	for i := range hits {
		if hits[i].Indicator.Text == text && hits[i].Indicator.Type == kind {
			return true
		}
	}
	return false
}

// sizeOf is about what a copy of an event takes.
func sizeOf(e *telemetry.Event) int {
	const event, observable = 512, 192
	size := event + len(e.Timestamp) + len(e.Name) + len(e.FileName)
	for i := range e.Observables {
		size += observable + len(e.Observables[i].Text) + len(e.Observables[i].Raw)
	}
	return size
}

// seek has an event wait for the answers that are not known; false if too many
// wait.
func (b *Bootstrap) seek(a *Asker, e *telemetry.Event, ref uint64) bool {
	b.mu.Lock()
	size := sizeOf(e)
	if b.dropped || len(b.waiting) >= mostWaiting || b.size+size > mostBytes {
		if !b.dropped {
			b.stats.Full++
		}
		b.mu.Unlock()
		return false
	}
	shown := *e
	shown.Properties = nil // no indicator in the set is about them
	w := &sought{asker: a, answer: Answer{Event: shown.Clone(), Ref: ref}, probes: slices.Clone(a.probes), size: size, since: time.Now()}
	for i := range w.probes {
		p := &w.probes[i]
		if named, known := b.answers[p.fingerprint]; known {
			p.named = named
			continue
		}
		w.left++
		those := b.asked[p.fingerprint]
		if len(those) == 0 {
			b.queue = append(b.queue, p.fingerprint)
		}
		if len(those) == 0 || those[len(those)-1] != w {
			b.asked[p.fingerprint] = append(those, w)
		}
	}
	done := w.left == 0
	if !done {
		b.waiting = append(b.waiting, w)
		b.size += size
	}
	b.mu.Unlock()
	if done {
		b.tell(w)
		return true
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return true
}
