package attribution_test

import (
	"fmt"
	"testing"

	"github.com/tocsin-project/tocsin/internal/attribution"
)

// large is a case of 10,000 records: evidence, and ratings of it by 5 partners.
func large(b *testing.B, records int) *story {
	s := newStory(b)
	s.begin(nil)
	var items []attribution.EvidenceID
	for i := range records / 20 {
		items = append(items, s.file(1+i%2, nil))
	}
	for i := 0; len(s.log) < records; i++ {
		item := items[i/10%len(items)]
		s.rate(1+i%5, s.rating(1+i%5, item, []attribution.HypothesisID{"state", "criminals"}[i/5%2], "C"))
	}
	return s
}

// BenchmarkReplay is the records' part of verifying a dossier of 10,000 records,
// the whole of which may take 1 s.
func BenchmarkReplay(b *testing.B) {
	records := large(b, 10_000).records()
	for b.Loop() {
		if _, err := attribution.Replay(records); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/10000-records")
	b.ReportMetric(1, "limit-s/10000-records")
}

// BenchmarkRebuild folds the ledger entries of a case of 10,000 records.
func BenchmarkRebuild(b *testing.B) {
	s := large(b, 10_000)
	for b.Loop() {
		state := attribution.NewState(secret)
		for _, e := range s.log {
			if err := state.Apply(e); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/entry")
}

// BenchmarkMatrix builds the matrix of 50 hypotheses x 2,000 items from 5,000,000
// ratings of 50 partners. A case with that many cannot come about record by
// record (100,000 are the most): it is put together here.
func BenchmarkMatrix(b *testing.B) {
	const hypotheses, items, raters = 50, 2000, 50
	var c attribution.Case
	for j := range hypotheses {
		c.Hypotheses = append(c.Hypotheses, attribution.Hypothesis{ID: attribution.HypothesisID(fmt.Sprint("h", j))})
	}
	for i := range items {
		c.Evidence = append(c.Evidence, attribution.Filed{Evidence: attribution.Evidence{
			ID: attribution.EvidenceID(fmt.Sprint("e", i)), Reliability: "B", Credibility: 2, Relevance: "M"}})
	}
	values := []attribution.Value{"CC", "C", "N", "I", "II"}
	c.Ratings = make([]attribution.Rated, 0, hypotheses*items*raters)
	for n := range raters {
		for i := range items {
			for j := range hypotheses {
				r := attribution.Rated{Row: i, Column: j}
				r.Value, r.Likelihood = values[(n+i*j)%5], 0.5
				c.Ratings = append(c.Ratings, r)
			}
		}
	}
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			c.Matrix()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(c.Ratings)), "ns/rating")
	})
	b.Run("build and score", func(b *testing.B) {
		for b.Loop() {
			c.Scores()
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s")
		b.ReportMetric(1, "limit-s")
	})
}
