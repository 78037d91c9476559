package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// read takes the telemetry in until it ends or the context does.
func (e *Edge) read(ctx context.Context) error {
	var reader *telemetry.Reader
	caughtUp := func() { e.caughtUp(reader.Stats()) }
	reader = telemetry.NewEVE(&attentive{ctx: ctx, from: e.cfg.EVE, beforeRead: caughtUp}, telemetry.Options{})
	for ctx.Err() == nil {
		event, err := reader.Next()
		if errors.Is(err, io.EOF) {
			caughtUp()
			return nil
		}
		if err != nil {
			return fmt.Errorf("read telemetry: %w", err)
		}
		e.process(event)
	}
	return ctx.Err()
}

// caughtUp tells others that every line so far has been processed, and has
// what is new reported at once.
func (e *Edge) caughtUp(s telemetry.Stats) {
	if len(s.Samples) > 0 && !e.complained {
		e.complained = true
		e.cfg.Logger.Warn("telemetry has lines that cannot be read, they are passed over", "first", s.Samples[0].Line, "reason", s.Samples[0].Reason)
	}
	e.seen.Raise(uint64(s.Lines))
	e.reporter.nudge()
}

// attentive is a reader that calls beforeRead before each read that may block: by
// then everything that was read before has been processed. It ends with the
// context, although an input such as a terminal may block for ever; what that
// read still gives is lost.
type attentive struct {
	ctx        context.Context
	from       io.Reader
	beforeRead func()
	buffer     []byte
}

func (a *attentive) Read(p []byte) (int, error) {
	a.beforeRead()
	if len(a.buffer) < len(p) {
		a.buffer = make([]byte, len(p))
	}
	type outcome struct {
		n   int
		err error
	}
	got, buffer := make(chan outcome, 1), a.buffer[:len(p)]
	go func() {
		n, err := a.from.Read(buffer)
		got <- outcome{n, err}
	}()
	select {
	case o := <-got:
		copy(p, buffer[:o.n])
		return o.n, o.err
	case <-a.ctx.Done():
		return 0, a.ctx.Err()
	}
}

// process feeds one event to the detector and to the index.
func (e *Edge) process(event *telemetry.Event) {
	e.reading.Lock()
	defer e.reading.Unlock()
	switch event.Kind {
	case telemetry.Flow:
		if event.Contact {
			e.detect.Contact(event.Source, event.Target, event.TargetPort, event.Failed, event.Time)
		}
	case telemetry.DNS, telemetry.File:
		for _, seen := range event.Observables {
			switch {
			case event.Kind == telemetry.DNS && seen.Type == observable.Domain:
				e.detect.Asked(event.Source, seen.Value, event.NXDomain, event.Time)
			case event.Kind == telemetry.File && seen.Type == observable.SHA256:
				e.detect.File(event.Target, seen.Value, event.Time)
			}
		}
	}
	for _, seen := range event.Observables {
		if indicator, ok := e.index.Match(seen.Value); ok {
			e.hits.add(indicator, event.Source, event.Time)
		}
	}
}

// hits are the sightings of indicators since the last report.
type hits map[observable.Value]*hit

type hit struct {
	sighting sighting.Sighting
	hosts    map[netip.Addr]struct{}
	told     bool // reported before: its counts can wait for the batch
}

// maxHosts bounds the memory for one indicator's distinct hosts; beyond it the
// count of hosts is a lower bound.
const maxHosts = 4096

func (h hits) add(i match.Indicator, host netip.Addr, at time.Time) {
	one, ok := h[i.Value]
	if !ok {
		one = &hit{sighting: sighting.Sighting{Value: i.Value, Basis: sighting.Indicator}, hosts: map[netip.Addr]struct{}{}}
		h[i.Value] = one
	}
	if one.sighting.Count == 0 || at.Before(one.sighting.FirstSeen) {
		one.sighting.FirstSeen = at
	}
	if at.After(one.sighting.LastSeen) {
		one.sighting.LastSeen = at
	}
	one.sighting.Count++
	if len(one.hosts) < maxHosts {
		one.hosts[host] = struct{}{}
	}
}

// take gives what has been seen since the last time: the first of each
// indicator at once, with all the others, too.
func (h hits) take(all bool) []sighting.Sighting {
	taken := make([]sighting.Sighting, 0, len(h))
	for v, one := range h {
		switch {
		case one.told && !all:
			continue
		case one.sighting.Count == 0:
			delete(h, v) // quiet for a whole batch: the next one is a first again
			continue
		}
		one.sighting.Hosts = len(one.hosts)
		taken = append(taken, one.sighting)
		*one = hit{sighting: sighting.Sighting{Value: v, Basis: sighting.Indicator}, hosts: map[netip.Addr]struct{}{}, told: true}
	}
	return taken
}
