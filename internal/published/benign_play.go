package published

import (
	"fmt"
	"math"
	"net/netip"
	"time"

	"github.com/tocsin-project/tocsin/internal/epidemic"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// most bounds a draw; no count of a step comes near.
const most = 10_000

// play shows the detector one step, and says how many contacts there were. The
// kinds come one after another, each in the order of time: a detector is not
// told of a step as a whole, and its walks belong to one source and port each.
func (e *edge) play(d *today) (contacts int) {
	hour, weekday := e.local(d)
	contacts = e.everyday(d, hour, weekday)
	contacts += e.fromElsewhere(d)
	contacts += e.peerToPeer(d, hour)
	inNight := hour >= e.night && hour < e.night+1
	if inNight && weekday == 1 {
		contacts += e.vulnerabilityScan(d)
	}
	if inNight && hour-e.night < stride.Hours() {
		contacts += e.backup(d)
	}
	if weekday == 1 && d.day/7%2 == 1 && hour >= 9 && hour < 10 {
		e.patchDay(d)
	}
	if weekday == 3 && e.updates && hour >= 9 && hour < 9.5 {
		contacts += e.brokenUpdate(d)
	}
	return contacts
}

// moments calls for a number of things at increasing times within the step.
func (e *edge) moments(d *today, mean float64, each func(at time.Time)) int {
	n := epidemic.Poisson(e.rng, mean, most)
	for i := range n {
		each(d.at.Add(time.Duration((float64(i) + e.rng.Float64()) / float64(n) * float64(stride))))
	}
	return n
}

func (e *edge) everyday(d *today, hour float64, weekday int) int {
	perHour := 0.4 // at night
	if hour >= 8 && hour < 18 && weekday < 5 {
		perHour = 5.5
	}
	return e.moments(d, perHour*benignHosts*stride.Hours(), func(at time.Time) {
		h := e.rng.IntN(benignHosts)
		target := e.elsewhere()
		if e.rng.Float64() < 0.7 {
			target = e.server()
		}
		port := [...]uint16{443, 443, 443, 443, 443, 443, 80, 80, 445, 53}[e.rng.IntN(10)]
		e.detector.Contact(e.host(h), target, port, e.rng.Float64() < e.fails[h], at)
		missing := e.rng.IntN(25) == 0
		asked := fmt.Sprintf("site-%d.example", int(300*math.Pow(e.rng.Float64(), 2)))
		if missing || e.rng.IntN(3) == 0 {
			asked = fmt.Sprintf("rare-%d.example", e.rng.IntN(1_000_000))
		}
		e.detector.Asked(e.host(h), name(asked), missing, at)
	})
}

// background is how many sources come from elsewhere in an hour.
var background = []struct {
	port    uint16
	perHour float64
}{{23, 0.8}, {445, 0.6}, {3389, 0.5}, {22, 0.5}, {80, 0.3}, {8080, 0.3}}

func (e *edge) fromElsewhere(d *today) (contacts int) {
	cycle := 1 + 0.3*math.Sin(2*math.Pi*d.hour/24)
	for _, b := range background {
		perHour := b.perHour * cycle
		if b.port == d.burst {
			perHour *= d.burstTimes
		}
		e.moments(d, perHour*stride.Hours(), func(at time.Time) {
			source, first := e.elsewhere(), e.rng.Uint32N(200)
			for i := range 1 + e.rng.Uint32N(10) {
				contacts++
				e.detector.Contact(source, v4(e.net|(first+i*5)%256), b.port, e.rng.IntN(10) > 0, at)
			}
		})
	}
	return contacts
}

func (e *edge) peerToPeer(d *today, hour float64) (contacts int) {
	perHour := 3.0
	if hour >= 18 {
		perHour = 16
	}
	for h := range e.peers {
		contacts += e.moments(d, perHour*stride.Hours(), func(at time.Time) {
			port := uint16(6881)
			if e.peers == 1 && e.rng.IntN(5) > 0 {
				port = uint16(10_000 + e.rng.IntN(50_000))
			}
			e.detector.Contact(e.host(h), e.elsewhere(), port, e.rng.Float64() < 0.6, at)
		})
	}
	return contacts
}

// vulnerabilityScan goes through 200 addresses on three ports within an hour.
func (e *edge) vulnerabilityScan(d *today) (contacts int) {
	for s := range e.scanners {
		for _, port := range []uint16{22, 445, 3389} {
			contacts += e.moments(d, 200*stride.Hours(), func(at time.Time) {
				e.detector.Contact(v4(e.net|uint32(250+s)), v4(e.net|e.rng.Uint32N(200)), port, e.rng.IntN(10) > 0, at)
			})
		}
		e.detector.Asked(v4(e.net|uint32(250+s)), name("feed.scanner-vendor.example"), false, d.at)
	}
	return contacts
}

func (e *edge) backup(d *today) int {
	for h := range benignHosts {
		e.detector.Contact(v4(e.net|240), e.host(h), 10000, e.rng.IntN(10) == 0, d.at.Add(time.Duration(h)*time.Second))
	}
	return benignHosts
}

// patchDay gives each host its files at a time of the hour of its own.
func (e *edge) patchDay(d *today) {
	month := d.day / 14
	e.moments(d, benignHosts*stride.Hours(), func(at time.Time) {
		host := e.host(e.rng.IntN(benignHosts))
		for n := range 2 {
			hash := observable.Value{Type: observable.SHA256, Text: fmt.Sprintf("%064x", 1000*month+n+1)}
			e.detector.File(host, hash, at)
		}
		e.detector.Asked(host, name(fmt.Sprintf("patch-%d.vendor.example", month)), false, at)
	})
}

// brokenUpdate has every host try dead servers within the first half of an hour.
func (e *edge) brokenUpdate(d *today) int {
	servers := 2
	if d.hard&DeadMirrors != 0 {
		servers = 6
	}
	return 3 * servers * e.moments(d, 2*benignHosts*stride.Hours(), func(at time.Time) {
		host := e.host(e.rng.IntN(benignHosts))
		e.detector.Asked(host, name("update.vendor.example"), false, at)
		for try := range 3 * servers {
			target := netip.AddrFrom4([4]byte{192, 0, 2, byte(1 + try%servers)})
			e.detector.Contact(host, target, 8443, true, at.Add(time.Duration(try)*time.Second))
		}
	})
}

// known are sightings of indicators within the step.
func (e *edge) known(d *today) (list []sighting.Sighting) {
	for n := range 30 {
		perDay := 0.01 * math.Pow(200, float64(n)/29)
		if seen := epidemic.Poisson(e.rng, perDay*stride.Hours()/24, most); seen > 0 {
			list = append(list, e.sighting(d, n, seen))
		}
	}
	if e.rng.Float64() < stride.Hours()/24/7 {
		list = append(list, e.sighting(d, e.rng.IntN(30), 30))
	}
	return list
}

func (e *edge) sighting(d *today, number, count int) sighting.Sighting {
	return sighting.Sighting{
		Value: name(fmt.Sprintf("indicator-%d.example", number)), Basis: sighting.Indicator, Count: count, Hosts: 1,
		FirstSeen: d.at.Add(time.Duration(e.rng.Int64N(int64(stride / 2)))), LastSeen: d.at.Add(stride - time.Duration(1+e.rng.Int64N(int64(stride/2)))),
	}
}
