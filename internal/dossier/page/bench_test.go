package page_test

import (
	"fmt"
	"testing"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/dossier/page"
)

// BenchmarkRender makes the page of a case of 10,000 records: a verifier of such
// a dossier has 1 s for all that it does.
func BenchmarkRender(b *testing.B) {
	s := &teller{t: b}
	s.tell(attribution.KindOpened, 1, opening(b))
	const items = 1000
	for n := range items {
		s.tell(attribution.KindEvidence, 1, attribution.Evidence{
			Case: caseID, Party: called[1], ID: evidenceID(n), Title: fmt.Sprintf("Item %d", n), Kind: attribution.Technical, Digest: named(fmt.Sprint(n)),
			Source: "https://lab.example/" + fmt.Sprint(n), Reliability: "B", Credibility: 2, Relevance: "H", Forgeability: "L",
		})
	}
	for n := items + 1; n < 10_000; n++ {
		s.rate(1+n%4, n%items, attribution.HypothesisID([]string{"red-fox", "blue-heron"}[n/4%2]), "I", 0.5, "It does not fit what was seen, for more than one reason.")
	}
	in := input(replay(b, s.records, 0))
	size := 0
	for b.Loop() {
		size = len(page.Render(in))
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/page")
	b.ReportMetric(1000, "limit-ms")
	b.ReportMetric(float64(size), "bytes")
}
