package web_test

import (
	"fmt"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// BenchmarkNow is the first page for a coordinator, with a hundred partners in an
// outbreak and a hundred protections: what each of them costs the hub whenever
// something happens.
func BenchmarkNow(b *testing.B) {
	s := newSite(b)
	var partners []access.Partner
	for i := range 100 {
		partners = append(partners, s.partner(fmt.Sprint("Partner ", i), []string{"energy", "water", "mining", "health"}[i%4], []string{"GB", "FR", "NZ", "US", "DE", "JP"}[i%6]))
	}
	s.outbreakAt(partners...)
	for i := range 100 {
		s.protection(fmt.Sprintf("bad-%d.example", i), protect.Block, "it serves the attack")
	}
	_, secret := s.token(partners[0].ID, access.Coordinator)
	coordinator := s.signIn(secret)
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		size = len(s.page("/", coordinator))
	}
	b.ReportMetric(float64(size), "bytes")
}
