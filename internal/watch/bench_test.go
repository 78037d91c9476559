package watch_test

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"path/filepath"
	"testing"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/made"
	"github.com/tocsin-project/tocsin/internal/watch"
)

// BenchmarkEVE reads, takes apart and looks up records, one after the other, in
// a snapshot of a million indicators; one turn is one record.
func BenchmarkEVE(b *testing.B) {
	of := made.Indicators{Seed: 1, N: 1_000_000}
	path := filepath.Join(b.TempDir(), "indicators")
	var list iter.Seq[match.Indicator] = func(yield func(match.Indicator) bool) {
		for i, v := range of.All() {
			if !yield(match.Indicator{ID: of.ID(i), Value: v, Subdomains: v.Type == observable.Domain}) {
				return
			}
		}
	}
	if _, err := match.Build(path, list); err != nil {
		b.Fatal(err)
	}
	index, err := match.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer index.Close()
	eve := made.NewEVE(1, of, made.Mix{Hits: 0.001, NearMisses: 0.01})
	var records []byte
	const n = 50_000
	for range n {
		records = eve.Append(records)
	}
	watcher := watch.New(watch.Library{Index: index}).Watcher()
	hits, done := 0, 0
	b.SetBytes(int64(len(records) / n))
	b.ReportAllocs()
	b.ResetTimer()
	for done < b.N {
		source := telemetry.NewEVE(bytes.NewReader(records), telemetry.Options{})
		for done < b.N {
			e, err := source.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			hits += len(watcher.Hits(e, uint64(e.Line)))
			done++
		}
	}
	b.ReportMetric(float64(hits)/float64(b.N), "hits/event")
}
