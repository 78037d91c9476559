package exercise

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"time"

	"github.com/tocsin-project/tocsin/internal/epidemic"
)

// plan is what does not change about a site's records.
type plan struct {
	base    uint32  // the prefix's first address
	size    uint32  // addresses in it
	hosts   int     // with addresses from base+reserved
	order   []int32 // its hosts in the order of infection, the susceptible ones first
	worm    [32]byte
	scanner time.Duration // since the start, when its vulnerability scanner runs; 0: it has none
	backup  time.Duration // the same for a backup
}

// runs is how long a vulnerability scanner or a backup runs.
const runs = 10 * time.Minute

func (w *World) newPlan(number int) *plan {
	s := &w.sites[number]
	first := s.Prefix.Addr().As4()
	p := &plan{base: binary.BigEndian.Uint32(first[:]), size: 1 << (32 - s.Prefix.Bits()), hosts: s.Hosts}
	p.order = make([]int32, s.Hosts)
	for i, host := range epidemic.Stream(w.seed, streamHosts, uint64(number)).Perm(s.Hosts) {
		p.order[i] = int32(host)
	}
	if raw, err := hex.DecodeString(w.scenario.Worm.SHA256); err == nil { // Validate saw to it
		copy(p.worm[:], raw)
	}
	// Every partner draws alike, so that the number of one does not shift another's.
	r := epidemic.Stream(w.seed, streamPlan)
	scanners, backups := r.Perm(len(w.sites)), r.Perm(len(w.sites))
	own := epidemic.Stream(w.seed, streamPlan, uint64(number)+1)
	morning := func() time.Duration { return time.Minute + time.Duration(own.Int64N(int64(2*time.Hour))) }
	at := morning()
	for _, i := range scanners[:min(w.scenario.Log.Scanners, len(scanners))] {
		if i == number {
			p.scanner = at
		}
	}
	at = morning()
	for _, i := range backups[:min(w.scenario.Log.Backups, len(backups))] {
		if i == number {
			p.backup = at
		}
	}
	return p
}

// host is the address of a host by its number.
func (p *plan) host(number int) uint32 { return p.base + reserved + uint32(number) }

func (p *plan) anyHost(r *rand.Rand) uint32 { return p.host(r.IntN(max(p.hosts, 1))) }

func (p *plan) resolver() uint32 { return p.base + 2 }

// server is one of the site's forty servers.
func (p *plan) server(r *rand.Rand) uint32 { return p.base + 10 + uint32(r.IntN(40)) }

// Servers that probe others stand among the servers, too.
func (p *plan) scannerHost() uint32 { return p.base + 60 }
func (p *plan) backupHost() uint32  { return p.base + 61 }

// scanned is whom an infected host tries next: mostly its own network, else
// anywhere outside, of which there are only the documentation ranges here.
func (p *plan) scanned(r *rand.Rand) uint32 {
	if r.IntN(4) == 0 {
		return outside(r)
	}
	return p.base + 1 + r.Uint32N(p.size-2)
}

// documentation ranges of RFC 5737; the first is kept for the sinkhole and for mirrors.
var documentation = [2]uint32{198<<24 | 51<<16 | 100<<8, 203<<24 | 113<<8}

const (
	sinkhole = 192<<24 | 2<<8 | 80 // 192.0.2.80
	mirrors  = 192<<24 | 2<<8 | 20
)

func outside(r *rand.Rand) uint32 {
	return documentation[r.IntN(2)] | 1 + r.Uint32N(254)
}
