package exercise

import (
	"encoding/binary"
	"strconv"
	"time"

	"github.com/tocsin-project/tocsin/internal/epidemic"
)

// popular are the names that everybody asks for, the first most.
var popular = func() []string {
	words := []string{"search", "mail", "news", "video", "updates", "time", "cdn", "static", "login", "maps", "weather", "chat", "files", "ads", "metrics"}
	names := make([]string, 0, 60)
	for i := range cap(names) {
		names = append(names, words[i%len(words)]+"."+"service-"+strconv.Itoa(1+i/len(words))+".example")
	}
	return names
}()

// benign writes everyday records.
func (e *emission) benign() {
	for range epidemic.Poisson(e.rng, e.per(e.world.scenario.Log.BenignLines), maxCount) {
		e.everyday()
	}
	since := e.world.elapsed()
	if e.plan.scanner != 0 && since >= e.plan.scanner && since < e.plan.scanner+runs {
		e.vulnerabilityScanner()
	}
	if e.plan.backup != 0 && since >= e.plan.backup && since < e.plan.backup+runs {
		e.backup()
	}
	if since >= 2*time.Hour && since < 3*time.Hour {
		for range epidemic.Poisson(e.rng, e.per(e.world.scenario.Log.BrokenUpdate), maxCount) {
			e.brokenUpdate()
		}
	}
}

// per is how many are due in a step, of so many in ten seconds.
func (e *emission) per(tenSeconds float64) float64 { return tenSeconds * e.world.step.Seconds() / 10 }

// everyday is one record of one host: in a hundred, 40 popular names, 18 rare
// ones, 4 mistyped, 26 flows answered, 4 not, 8 files.
func (e *emission) everyday() {
	r, p := e.rng, e.plan
	ev := event{at: e.moment(e.world.step), source: p.anyHost(r), dest: p.resolver(), port: 53}
	switch n := r.IntN(100); {
	case n < 40:
		// Squaring favours the first names, roughly as popularity falls.
		u := r.Float64()
		ev.shape, ev.name, ev.answer = dnsFound, popular[int(u*u*float64(len(popular)))], outside(r)
	case n < 58:
		ev.shape, ev.name, ev.serial, ev.answer = dnsFound, ".hosting.example", 1+r.Uint64N(200_000), outside(r)
	case n < 62:
		ev.shape, ev.name, ev.serial = dnsMissing, ".mistyped.example", 1+r.Uint64N(200_000)
	case n < 84:
		ev.shape, ev.dest, ev.port = flowAnswered, outside(r), 443
	case n < 88:
		ev.shape, ev.dest, ev.port = flowAnswered, p.server(r), 445
	case n < 91:
		ev.shape, ev.dest, ev.port = flowUnanswered, outside(r), 443
	case n < 92:
		ev.shape, ev.dest, ev.port = flowUnanswered, p.server(r), 445
	default:
		e.file(&ev)
	}
	e.add(ev)
}

// file is one that many have (half of them), or one that few have.
func (e *emission) file(ev *event) {
	r := e.rng
	number := r.Uint64N(300)
	if r.IntN(2) == 0 {
		number = 300 + r.Uint64N(1_000_000)
	}
	ev.shape, ev.dest, ev.source, ev.port = fileArrived, ev.source, e.plan.server(r), 445
	ev.name, ev.serial = ".docx", 1+number
	// An invented hash: the number, spread by an odd factor over the digits.
	for i := range 4 {
		number = number*0x9e3779b97f4a7c15 + uint64(i) + 1
		binary.BigEndian.PutUint64(ev.hash[8*i:], number^number>>29)
	}
}

// vulnerabilityScanner goes through the network on the worm's own port, one or
// two contacts a step in the sample, and now and then asks for its own names.
func (e *emission) vulnerabilityScanner() {
	r, p := e.rng, e.plan
	for range 1 + r.IntN(2) {
		ev := event{at: e.moment(e.world.step), shape: flowUnanswered, source: p.scannerHost(), dest: p.base + 1 + r.Uint32N(p.size-2), port: e.world.scenario.Worm.Port}
		if r.IntN(10) == 0 {
			ev.shape = flowAnswered
		}
		e.add(ev)
	}
	if r.IntN(10) == 0 {
		e.add(event{at: e.moment(e.world.step), shape: dnsFound, source: p.scannerHost(), dest: p.resolver(), port: 53, name: "feed.scanner-vendor.example", answer: outside(r)})
	}
}

// backup contacts many hosts, of which a few are switched off.
func (e *emission) backup() {
	r, p := e.rng, e.plan
	for range 1 + r.IntN(2) {
		ev := event{at: e.moment(e.world.step), shape: flowAnswered, source: p.backupHost(), dest: p.anyHost(r), port: 10000}
		if r.IntN(8) == 0 {
			ev.shape = flowUnanswered
		}
		e.add(ev)
	}
	if r.IntN(10) == 0 {
		e.add(event{at: e.moment(e.world.step), shape: dnsFound, source: p.backupHost(), dest: p.resolver(), port: 53, name: "licence.backup-vendor.example", answer: outside(r)})
	}
}

// brokenUpdate is one host that an update breaks: it asks for a name that does
// not exist, got a file that everybody got, and calls two mirrors in vain.
func (e *emission) brokenUpdate() {
	r, p, worm := e.rng, e.plan, &e.world.scenario.Worm
	host, at := p.anyHost(r), e.moment(e.world.step/2)
	if worm.FileName != "" {
		e.add(event{at: at, shape: fileArrived, source: p.server(r), dest: host, port: 445, name: worm.FileName, hash: p.worm})
	}
	if worm.KillSwitch != "" {
		e.add(event{at: at + time.Second, shape: dnsMissing, source: host, dest: p.resolver(), port: 53, name: worm.KillSwitch})
	}
	for i := range uint32(2) {
		e.add(event{at: at + time.Duration(2+i)*time.Second, shape: flowUnanswered, source: host, dest: mirrors + i, port: 8443})
	}
}
