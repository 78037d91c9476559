package dossier_test

import (
	"testing"

	"github.com/tocsin-project/tocsin/internal/dossier"
	"github.com/tocsin-project/tocsin/internal/dossier/dossiertest"
)

// BenchmarkVerify verifies a dossier of 10,000 records, which may take 1 s.
func BenchmarkVerify(b *testing.B) {
	const records, limit = 10_000, 1.0
	c := dossiertest.Large(b, records)
	data, trust := publish(b, c), []byte(c.Keys())
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if r := dossier.Verify(data, dossier.Options{Trust: trust}); r.Verdict != dossier.Verified {
			b.Fatal(table(r))
		}
	}
	seconds := b.Elapsed().Seconds() / float64(b.N)
	b.ReportMetric(seconds, "s/dossier")
	b.ReportMetric(seconds/limit, "of-the-limit")
}
