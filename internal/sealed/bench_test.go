package sealed_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// BenchmarkRead reads a ledger from end to end, as a rebuild of the views
// does: 1,000,000 objects in 1,000 entries of 865 KB, and 100,000 small
// entries. Beside it, in the same run, the same entries are read as they are
// stored; "added" is what opening them adds, in seconds
// for 1,000,000 objects, or for 1,000,000 small entries.
func BenchmarkRead(b *testing.B) {
	for _, c := range []struct {
		entries, size int
		scale         float64
	}{{1000, 865_000, 1}, {100_000, 400, 10}} {
		b.Run(fmt.Sprintf("bytes=%d", c.size), func(b *testing.B) {
			dir := b.TempDir()
			l := opened(b, dir, everything)
			body := bytes.Repeat([]byte("x"), c.size)
			batch := max(1, 1_000_000/c.size)
			drafts := make([]ledger.Draft, batch)
			for i := range drafts {
				drafts[i] = ledger.Draft{Kind: "contribution.accepted", Actor: "partner-1", Audience: "community", Body: body}
			}
			for range c.entries / batch {
				appended(b, l, drafts...)
			}
			inner := engine(b, dir, sqlite.Options{ReadOnly: true})
			defer inner.Close()
			b.SetBytes(int64(c.entries * c.size))
			var floor time.Duration
			for b.Loop() {
				readAll(b, l)
				b.StopTimer()
				begun := time.Now()
				readAll(b, inner)
				floor += time.Since(begun)
				b.StartTimer()
			}
			took := b.Elapsed()
			b.ReportMetric((took-floor).Seconds()/float64(b.N)*c.scale, "added-s")
			b.ReportMetric(floor.Seconds()/took.Seconds(), "ratio")
		})
	}
}

func readAll(b *testing.B, l ledger.Ledger) {
	for _, err := range l.Read(context.Background(), 0) {
		if err != nil {
			b.Fatal(err)
		}
	}
}
