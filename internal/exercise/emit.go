package exercise

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/epidemic"
)

// Emit writes the records of the last step at one site as a Suricata sensor
// there would have, in order of time, and returns how many lines it wrote:
//
//   - for each host newly infected, the file that arrived over SMB and the
//     kill switch's name asked and not found; at a covered site it is found,
//     at an address of the documentation range, and nothing more follows;
//   - from each infected host its scan, one in FlowSampling contacts. Where that
//     is more than ScanLines for the site, the sample is thinned to so many,
//     evenly over the infected hosts;
//   - benign records: popular and rare names, flows answered and not, files, here
//     and there a vulnerability scanner or a backup.
//
// Addresses inside are of 10.0.0.0/8, those outside of RFC 5737; names end in
// .example, but for the scenario's kill switch.
func (w *World) Emit(number int, out io.Writer) (lines int, err error) {
	s := &w.sites[number]
	if !s.Prefix.IsValid() {
		return 0, errors.New("write records: too many hosts for 10.0.0.0/8: use fewer --hosts or partners")
	}
	if w.tick == 0 {
		return 0, nil
	}
	if s.writer.plan == nil {
		s.writer.plan = w.newPlan(number)
	}
	now := w.epidemic.At(number)
	e := emission{world: w, site: s, now: now, plan: s.writer.plan, rng: epidemic.Stream(w.seed, streamLines, uint64(number), uint64(w.tick))}
	e.events = s.writer.events[:0]
	e.worm()
	e.benign()
	// A stable order where times are equal keeps the same seed the same text.
	slices.SortStableFunc(e.events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	s.writer.events = e.events

	base := w.Now().Add(-w.step)
	b := s.writer.buf[:0]
	for i := range e.events {
		b = s.writer.append(b, base, &e.events[i], e.rng)
	}
	s.writer.buf = b
	if _, err := out.Write(b); err != nil {
		return 0, fmt.Errorf("write records of %s: %w", s.Name, err)
	}
	return len(e.events), nil
}

// shape is what kind of record an event becomes.
type shape uint8

const (
	dnsFound shape = iota
	dnsMissing
	flowAnswered
	flowUnanswered
	fileArrived
)

// event is one record before it is written.
type event struct {
	at           time.Duration // within the step
	shape        shape
	source, dest uint32 // addresses
	port         uint16 // of dest
	name         string // a name or a file's name
	serial       uint64 // with a name that has one: "name-serial"
	hash         [32]byte
	answer       uint32 // of dnsFound
}

// emission gathers one site's events of one step.
type emission struct {
	world  *World
	site   *site
	now    epidemic.Counts
	plan   *plan
	rng    *rand.Rand
	events []event
}

func (e *emission) add(ev event) { e.events = append(e.events, ev) }

// moment is a random time of the step before a limit.
func (e *emission) moment(limit time.Duration) time.Duration {
	return time.Duration(e.rng.Int64N(int64(limit/time.Microsecond))) * time.Microsecond
}

// worm writes the traces of the epidemic.
func (e *emission) worm() {
	s, p, worm := e.site, e.plan, &e.world.scenario.Worm
	before := e.now.Infected - e.now.Fresh
	for k := before; k < e.now.Infected; k++ {
		e.arrival(p.host(int(p.order[k])), before)
	}
	for range e.now.Stopped {
		k := e.now.Infected + e.rng.IntN(max(s.Susceptible-e.now.Infected, 1))
		e.arrival(p.host(int(p.order[k])), before)
	}
	if before == 0 {
		return
	}
	log := &e.world.scenario.Log
	mean := float64(before) * worm.ScansPerSecond * e.world.step.Seconds() / log.FlowSampling
	for range epidemic.Poisson(e.rng, mean, log.ScanLines) {
		ev := event{
			at: e.moment(e.world.step), shape: flowUnanswered, port: worm.Port,
			source: p.host(int(p.order[e.rng.IntN(before)])), dest: p.scanned(e.rng),
		}
		if e.rng.Float64() >= worm.ScansFailing {
			ev.shape = flowAnswered
		}
		e.add(ev)
	}
}

// arrival is a host being hit, in the first two fifths of the step, so that the
// scan that is logged in the next one began after it.
func (e *emission) arrival(host uint32, infected int) {
	s, p, worm := e.site, e.plan, &e.world.scenario.Worm
	from := outside(e.rng)
	if infected > 0 {
		from = p.host(int(p.order[e.rng.IntN(infected)]))
	}
	at := e.moment(e.world.step * 2 / 5)
	if worm.FileName != "" {
		e.add(event{at: at, shape: fileArrived, source: from, dest: host, port: worm.Port, name: worm.FileName, hash: p.worm})
	}
	if worm.KillSwitch == "" {
		return
	}
	ask := event{at: at + 300*time.Millisecond, shape: dnsMissing, source: host, dest: p.resolver(), port: 53, name: worm.KillSwitch}
	if s.covered {
		ask.shape, ask.answer = dnsFound, sinkhole
	}
	e.add(ask)
}
