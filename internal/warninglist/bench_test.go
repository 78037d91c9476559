package warninglist_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"testing"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/warninglist"
)

// made are lists in number and kind like MISP's of August 2026: 143, with 270,000
// names that several have, 130,000 ranges and single addresses, 33,000 hashes.
func made(b *testing.B) string {
	dir, r, lists := b.TempDir(), rand.New(rand.NewPCG(1, 2)), written{}
	name := func(n int) string { return fmt.Sprintf("site-%d.of-%d.example", n, n/4) }
	for i := range 143 {
		folder := fmt.Sprintf("list-%d", i)
		list := lists[folder]
		list.Name, list.Type = folder, "string"
		switch {
		case i < 80:
			list.Type = "cidr"
			for range 1625 {
				a := netip.AddrFrom4([4]byte{byte(20 + r.IntN(180)), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())})
				list.List = append(list.List, netip.PrefixFrom(a, 20+r.IntN(13)).Masked().String())
			}
		case i < 138:
			for range 6300 {
				list.List = append(list.List, name(r.IntN(270_000)))
			}
		default:
			for range 6600 {
				list.List = append(list.List, fmt.Sprintf("%016x%016x%016x%016x", r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()))
			}
		}
		lists[folder] = list
	}
	lists.write(b, dir)
	return dir
}

// limitCheck is how long a look-up may take, in nanoseconds.
const limitCheck = 1000

func BenchmarkCheck(b *testing.B) {
	dir := made(b)
	before := heap()
	lists, problems, err := warninglist.Load(dir)
	if err != nil {
		b.Fatal(err)
	}
	size := float64(heap() - before)
	r := rand.New(rand.NewPCG(3, 4))
	asked := map[string][]observable.Value{}
	for range 100_000 {
		for kind, text := range map[string]string{
			"name": fmt.Sprintf("c%d.net%d.%s", r.Uint32(), r.IntN(1e6), []string{"com", "co.uk", "example"}[r.IntN(3)]),
			"addr": netip.AddrFrom4([4]byte{byte(1 + r.IntN(10)), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}).String(),
			"url":  fmt.Sprintf("http://c%d.net%d.example/", r.Uint32(), r.IntN(1e6)),
			"hash": fmt.Sprintf("%016x%016x%016x%016x", r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()),
		} {
			v, err := observable.Infer(text)
			if err != nil {
				b.Fatal(err)
			}
			asked[kind] = append(asked[kind], v)
		}
	}
	for _, kind := range []string{"name", "addr", "url", "hash"} {
		b.Run(kind, func(b *testing.B) {
			b.ReportAllocs()
			values := asked[kind]
			for i := 0; b.Loop(); i++ {
				lists.Check(values[i%len(values)])
			}
			b.ReportMetric(limitCheck, "limit-ns/op")
			b.ReportMetric(size/float64(problems.Entries), "B/entry")
		})
	}
	runtime.KeepAlive(lists)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
