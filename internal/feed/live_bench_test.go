package feed_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/protect"
)

const million = 1_000_000

func many(n int) []*protect.Protection {
	list := make([]*protect.Protection, n)
	for i := range list {
		p := block(fmt.Sprintf("n%07d.evil%d.example", i, i%1000), i%600)
		p.Confidence = 50 + i%50
		p.Expires = noon.Add(time.Hour + time.Duration(i)*time.Millisecond)
		list[i] = &p
	}
	return list
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkLive is what a reader's set costs with a million in force: a decision
// (limit: 1 ms), the whole set after one (limit: 50 ms), and memory beside the
// protections themselves, which readers share.
func BenchmarkLive(b *testing.B) {
	list := many(million)
	before := heap()
	began := time.Now()
	live := feed.NewLive(nil)
	for _, p := range list {
		live.Share(p)
	}
	live.Advance(noon)
	built := time.Since(began)
	size := float64(heap()-before) / million
	began = time.Now()
	live.Set()
	first := time.Since(began)
	sizeWithSet := float64(heap()-before) / million
	began = time.Now()
	for range live.Beneath("nobody.example") {
		b.Error("somebody")
	}
	tree := time.Since(began)
	sizeWithTree := float64(heap()-before) / million
	decide := func(i int, status protect.Status) {
		p := block(fmt.Sprintf("fresh%d.example", i), 0)
		p.Status = status
		live.Take(p)
		if u := live.Advance(noon); len(u.Come)+len(u.Gone) != 1 {
			b.Fatalf("%d came, %d went", len(u.Come), len(u.Gone))
		}
	}
	b.Run("decision", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			decide(i, protect.Active)
		}
		b.ReportMetric(1e6, "limit-ns/op")
	})
	b.Run("must-resolve", func(b *testing.B) {
		for i := range b.N {
			live.Take(mustResolve(fmt.Sprintf("kill%d.example", i), "192.0.2.80", 0))
			live.Advance(noon)
		}
	})
	b.Run("set", func(b *testing.B) {
		for i := range b.N {
			decide(million+i, protect.Active)
			live.Set()
		}
		b.ReportMetric(50e6, "limit-ns/op")
	})
	b.Run("build", func(b *testing.B) {
		b.ReportMetric(built.Seconds(), "s")
		b.ReportMetric(first.Seconds(), "s-first-set")
		b.ReportMetric(tree.Seconds(), "s-first-beneath")
		b.ReportMetric(size, "B/protection")
		b.ReportMetric(sizeWithSet, "B/protection-with-set")
		b.ReportMetric(sizeWithTree, "B/protection-with-tree")
		b.ReportMetric(400, "limit-B/protection")
	})
	runtime.KeepAlive(list)
}
