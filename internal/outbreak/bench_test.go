package outbreak_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// BenchmarkContact feeds contacts of 100,000 sources, nine in ten answered.
func BenchmarkContact(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	d := outbreak.NewDetector(outbreak.DetectorConfig{})
	at := noon
	b.ReportAllocs()
	for b.Loop() {
		at = at.Add(time.Millisecond)
		d.Contact(inside(r.IntN(100_000)), outside(r.IntN(1000)), 443, r.IntN(10) == 0, at)
	}
}
