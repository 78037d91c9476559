package hub

import (
	"fmt"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// BenchmarkPublisher is what it takes from a decision to the DNS primary and the
// lists, with a million protections in force, for one class of readers: without
// the ledger before, and the network behind it. The limit is 5 ms.
func BenchmarkPublisher(b *testing.B) {
	h, err := Start(b.Context(), Config{
		Data: b.TempDir(), Listen: "127.0.0.1:0", DNSListen: "127.0.0.1:0", Sinkhole: "127.0.0.1:0",
		AdminToken: "administrator-of-the-benchmark-00000", Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := h.Close(); err != nil {
			b.Error(err)
		}
	})
	const million = 1_000_000
	o := h.outlets
	now := time.Now().UTC()
	decided := func(i int) *standing {
		p := protect.Protection{
			ID: fmt.Sprintf("protection--%d", i), Value: observable.Value{Type: observable.Domain, Text: fmt.Sprintf("n%07d.evil%d.example", i, i%1000)},
			Polarity: protect.Block, Status: protect.Active, By: access.Hub, Confidence: 50 + i%50, Decided: now, Expires: now.Add(24*time.Hour + time.Duration(i)*time.Millisecond),
		}
		return o.standing(p, access.Hub, access.ToCommunity(access.Green))
	}
	// The hub's own goroutine rests: nothing is decided on its ledger.
	before := inUse()
	began := time.Now()
	for i := range million {
		o.follow(decided(i))
	}
	followed, size := time.Since(began), inUse()-before
	c := o.class(feed.Reader{Principal: access.Principal{Communities: []string{access.DefaultCommunity}}, Reach: feed.Internal}, protect.OutletDNS)
	began = time.Now()
	<-c.made
	made := time.Since(began)
	b.Run("decision", func(b *testing.B) {
		for i := range b.N {
			o.follow(decided(million + i))
			if err := o.round(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(5e6, "limit-ns/op")
	})
	b.Run("build", func(b *testing.B) {
		b.ReportMetric(followed.Seconds(), "s-follow")
		b.ReportMetric(made.Seconds(), "s-class-and-zones")
		b.ReportMetric(float64(size)/million, "B/protection")
		b.ReportMetric(float64(inUse()-before)/million, "B/protection-with-class-and-zones")
	})
}

func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
