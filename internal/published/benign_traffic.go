package published

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/tocsin-project/tocsin/internal/epidemic"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// Traffic is a seeded everyday of many partners, of ten hosts each: what is
// counted are partners and days, and hosts are few so that a month can be played.
//
//   - Each host makes about 60 contacts on a working day, most between 8 and 18
//     o'clock of its country, seven in ten of them with 40 servers that its partner
//     always uses, the others with new ones, on ports 443, 80, 445 and 53. Each host
//     has a failure rate of its own, on average 5 %, at one in a hundred 20 %. It asks
//     for as many names, of which four in a hundred do not exist.
//   - On Tuesdays, from an hour of the night of its own, a vulnerability scanner of
//     one host (at 30 % of the partners) or two (at 5 %) goes through 200 addresses on
//     ports 22, 445 and 3389; nine in ten do not answer.
//   - Every night a backup server contacts all hosts, one in ten of which is off.
//   - A patch day each second Tuesday: every host gets the same two files and asks
//     for the same name within an hour, in the morning of its country.
//   - On day 3 of each week an update sends every host of 40 % of the partners to
//     two servers that are dead, three times in a row.
//   - At 10 % of the partners one host is in a P2P network: 150 contacts a day, six
//     in ten unanswered, one in five on port 6881, the others on ports of their own.
//   - Sources from elsewhere contact the partners, all night as well: 0.3 to 0.8 an
//     hour and partner on each of ports 23, 445, 3389, 22, 80 and 8080, with a day's
//     cycle of three tenths, each with 1 to 10 addresses of which nine in ten do not
//     answer. On days 5, 13 and 21 one port has three times as much for 6, 12 and 24
//     hours, at all partners at once, risen within half an hour.
//   - Thirty known indicators are seen at each partner, between once in a hundred
//     days and twice a day each; about once a week at each partner one of them thirty
//     times within ten minutes.
type Traffic struct {
	Partners, Days int
	Seed           uint64
	Hard           Hard
}

// Hard is what makes it harder; cases can be added up.
type Hard uint8

// The cases. Each can look like a worm to a detector that sees contacts alone.
const (
	ScannerGroups Hard = 1 << iota // at 1 % of the partners four scanners begin at once
	PeerGroups                     // at 1 % of the partners five hosts are in the P2P network, on port 6881 alone
	DeadMirrors                    // the update has six servers, not two
)

// benignStart is a Monday.
var benignStart = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

const benignHosts = 10

// today is what is the same at all partners within a step.
type today struct {
	hard       Hard
	at         time.Time // the step's beginning
	hour       float64   // UTC
	day        int       // from 0, a Monday
	burst      uint16    // port of which more comes from elsewhere
	burstTimes float64
}

func (t Traffic) today(step int) today {
	at := benignStart.Add(time.Duration(step) * stride)
	d := today{hard: t.Hard, at: at, hour: float64(at.Hour()) + float64(at.Minute())/60, day: int(at.Sub(benignStart) / (24 * time.Hour)), burstTimes: 1}
	for _, b := range []struct {
		day   int
		port  uint16
		hours float64
	}{{5, 23, 6}, {13, 445, 12}, {21, 3389, 24}} {
		since := at.Sub(benignStart.AddDate(0, 0, b.day)).Hours() - 9
		if since >= 0 && since < b.hours {
			d.burst, d.burstTimes = b.port, 1+2*min(since/0.5, 1)
		}
	}
	return d
}

// edge is one partner.
type edge struct {
	name, sector, country string
	zone                  float64 // hours ahead of UTC
	rng                   *rand.Rand
	detector              *outbreak.Detector
	net                   uint32
	fails                 [benignHosts]float64
	scanners, peers       int
	night                 float64 // hour in which its scanner and its backup run
	updates               bool
}

func (t Traffic) edges() []edge {
	sectors := []string{"healthcare", "energy", "finance", "education", "government", "transport", "telecommunications", "manufacturing"}
	countries := []string{"GB", "ES", "DE", "FR", "US", "JP", "NZ", "BR"}
	zones := []float64{0, 1, 1, 1, -5, 9, 12, -3}
	list := make([]edge, t.Partners)
	for i := range list {
		r := epidemic.Stream(t.Seed, uint64(i))
		place := r.IntN(len(countries))
		e := &list[i]
		*e = edge{
			name: fmt.Sprint("identity--", i), sector: sectors[r.IntN(len(sectors))], country: countries[place], zone: zones[place],
			rng: r, net: 10<<24 | uint32(i)<<8, night: float64(r.IntN(6)), updates: r.Float64() < 0.4,
			detector: outbreak.NewDetector(outbreak.DetectorConfig{MaxContacts: 1 << 15, MaxSources: 1 << 12, MaxHosts: 1 << 8, MaxValues: 1 << 11}),
		}
		for h := range e.fails {
			if e.fails[h] = min(0.05*r.ExpFloat64(), 0.15); r.IntN(100) == 0 {
				e.fails[h] = 0.2
			}
		}
		switch kind := r.Float64(); {
		case kind < 0.01 && t.Hard&ScannerGroups != 0:
			e.scanners = 4
		case kind < 0.06:
			e.scanners = 2
		case kind < 0.36:
			e.scanners = 1
		}
		switch kind := r.Float64(); {
		case kind < 0.01 && t.Hard&PeerGroups != 0:
			e.peers = 5
		case kind < 0.1:
			e.peers = 1
		}
	}
	return list
}

// local is the partner's hour of the day, and its day of the week from Monday.
func (e *edge) local(d *today) (hour float64, weekday int) {
	hours := d.at.Sub(benignStart).Hours() + e.zone
	return math.Mod(hours+24, 24), (int(math.Floor(hours/24)) + 7) % 7
}

func (e *edge) host(n int) netip.Addr { return v4(e.net | uint32(1+n)) }

func v4(n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}

// elsewhere is an address that nobody was in contact with before (RFC 3849).
func (e *edge) elsewhere() netip.Addr {
	b := [16]byte{0x20, 0x01, 0x0d, 0xb8}
	binary.BigEndian.PutUint64(b[8:], e.rng.Uint64())
	return netip.AddrFrom16(b)
}

// server is one that the partners always use (RFC 3849, another part).
func (e *edge) server() netip.Addr {
	b := [16]byte{0x20, 0x01, 0x0d, 0xb8, 0xff}
	binary.BigEndian.PutUint32(b[11:], e.net)
	b[15] = byte(e.rng.IntN(40))
	return netip.AddrFrom16(b)
}

func name(text string) observable.Value { return observable.Value{Type: observable.Domain, Text: text} }
