package scan_test

import (
	"math/rand/v2"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak/scan"
)

// What is to be held: records a second on one core with so many live sources, in
// so much memory.
const (
	goalRecords = 5e6
	goalSources = 1_000_000
	goalMiB     = 200
)

// record is one contact of a benchmark: the first three in ten thousand sources
// scan, of the others one contact in ten fails.
type record struct {
	source, target uint32
	fresh          bool // the target is one that the source has not been in contact with
	failed         bool
}

var noon = time.Date(2017, 5, 12, 12, 0, 0, 0, time.UTC)

// source is the n-th of a million: one in five is the partner's own. Numbers are
// scattered over the addresses, so that busy ones are not neighbours.
func source(n uint32) netip.Addr {
	v := n * 0x9e3779b1
	if n%5 == 0 {
		return v4(10<<24 | v>>8)
	}
	return v4(100<<24 | 128<<16 | v>>6) // 100.128.0.0 up: no address of a partner's
}

func v4(v uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}

// known is how many targets each source has been in contact with beforehand.
const known = 4

// live is a detector that knows a million sources, and has forgotten none.
func live(b *testing.B) (d *scan.Detector, heap float64) {
	b.Helper()
	before := inUse()
	d = scan.New(scan.Config{Seed: 1, Dark: []netip.Prefix{netip.MustParsePrefix("10.255.0.0/16")}})
	for target := range uint32(known) {
		for n := range uint32(goalSources) {
			d.Contact(source(n), v4(11<<24+target), 443, false, noon)
		}
	}
	heap = (inUse() - before) / (1 << 20)
	if lost := d.Forgotten(); lost.Sources > goalSources/1000 {
		b.Fatalf("%d sources of %d were forgotten", lost.Sources, goalSources)
	}
	return d, heap
}

func inUse() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse)
}

// records is a stream in which sources are as busy as Zipf has it (s = 1.1), and
// the given share of contacts are first ones.
func records(n int, fresh float64) []record {
	r := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(r, 1.1, 10, goalSources-1)
	list := make([]record, n)
	for i := range list {
		x := &list[i]
		x.source = uint32(zipf.Uint64()) * 7919 % goalSources
		x.target = uint32(r.IntN(known))
		if x.fresh = r.Float64() < fresh; x.fresh {
			x.target = r.Uint32()
		}
		x.failed = x.source < 3*goalSources/10_000 || r.IntN(10) == 0
	}
	return list
}

// cpuTime is what the process has used, in all its threads.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchmark(b *testing.B, fresh float64) {
	list := records(1<<21, fresh)
	d, heap := live(b)
	at, round, i := noon, uint32(0), 0
	b.ReportAllocs()
	cpu := cpuTime()
	for b.Loop() {
		x := &list[i]
		target := 11<<24 + x.target
		if x.fresh {
			target = x.target + round
		}
		d.Contact(source(x.source), v4(target), 443, x.failed, at)
		at = at.Add(200 * time.Nanosecond)
		if i++; i == len(list) {
			i, round = 0, round+0x9e3779b1
		}
	}
	cpu = cpuTime() - cpu
	heap = max(heap, inUse()/(1<<20)-float64(len(list))*12/(1<<20))
	rate := float64(b.N) / cpu.Seconds() // others may be busy beside it
	b.ReportMetric(rate/1e6, "Mrecords/cpu-s")
	b.ReportMetric(rate/goalRecords, "of_goal")
	b.ReportMetric(heap, "MiB")
	b.ReportMetric(heap/goalMiB, "of_limit")
	runtime.KeepAlive(d)
}

// BenchmarkContact is a network's mix: one contact in five is with a new target.
func BenchmarkContact(b *testing.B) { benchmark(b, 0.2) }

// BenchmarkFirstContact is the worst: each contact is with a new target.
func BenchmarkFirstContact(b *testing.B) { benchmark(b, 1) }
