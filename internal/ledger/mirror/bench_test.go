package mirror_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/ledgertest"
)

// BenchmarkCopy measures how fast an empty file gets what a shared ledger has:
// small entries, b.N thousand of them.
func BenchmarkCopy(b *testing.B) {
	for name, open := range map[string]func(testing.TB, string, func() time.Time) ledger.Ledger{
		"file": func(b testing.TB, dir string, clock func() time.Time) ledger.Ledger { return sharedFile(b, dir, clock) },
		"node": func(b testing.TB, dir string, clock func() time.Time) ledger.Ledger { return sharedNode(b, dir, clock) },
	} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			shared := open(b, dir, nil)
			ds := make([]ledger.Draft, 1000)
			for i := range ds {
				ds[i] = ledger.Draft{Kind: "sighting.reported", Actor: "partner-1", Audience: "all", Body: make([]byte, 200)}
			}
			for range b.N {
				if _, err := shared.Append(context.Background(), ledger.Any, ds...); err != nil {
					b.Fatal(err)
				}
			}
			b.ResetTimer()
			l := mustOpen(b, dir, shared)
			if err := l.Wait(context.Background(), ledger.Seq(1000*b.N-1)); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			b.ReportMetric(float64(1000*b.N)/b.Elapsed().Seconds(), "entries/s")
			if err := l.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkAppend appends to a shared ledger with and without a mirror.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 64} {
		for _, mirrored := range []bool{false, true} {
			b.Run(fmt.Sprintf("writers=%d/mirrored=%t", writers, mirrored), func(b *testing.B) {
				dir := b.TempDir()
				var l ledger.Ledger = sharedNode(b, dir, nil)
				if mirrored {
					l = mustOpen(b, dir, l)
				}
				d := ledger.Draft{Kind: "object.added", Actor: "partner-1", Audience: "all", Body: make([]byte, 1<<10)}
				b.ResetTimer()
				ledgertest.AppendAll(b, l, writers, b.N, []ledger.Draft{d})
				b.StopTimer()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
				if err := l.Close(); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}
