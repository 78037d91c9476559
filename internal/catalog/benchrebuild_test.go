package catalog_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// benchRebuild folds the ledger, in batches of 8 MiB: one is read and parsed
// while the one before is folded, as the hub does.
func benchRebuild(b *testing.B, l *sqlite.Ledger, n int) {
	path := filepath.Join(b.TempDir(), "rebuilt.db")
	c, err := catalog.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	start := now(b)
	batches, ended := make(chan *catalog.Prepared), make(chan error, 1)
	go func() {
		defer close(batches)
		ended <- readBatches(b.Context(), l, batches)
	}()
	for batch := range batches {
		if err := c.ApplyPrepared(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	took := now(b).since(start)
	took.report(b, n)
	b.ReportMetric(took.wall.Seconds(), "s")
	b.ReportMetric(rss(b), "MiB-RSS")
	b.ReportMetric(20*float64(n)/1e6/took.wall.Seconds(), "ratio-to-20s-a-million")
	b.ReportMetric(0, "ns/op")
}

func readBatches(ctx context.Context, l *sqlite.Ledger, batches chan<- *catalog.Prepared) error {
	var batch []ledger.Entry
	size := 0
	for e, err := range l.Read(ctx, 0) {
		if err != nil {
			return err
		}
		batch = append(batch, e)
		if size += len(e.Body); size >= 8<<20 {
			select {
			case batches <- catalog.Prepare(ctx, batch):
			case <-ctx.Done():
				return ctx.Err()
			}
			batch, size = nil, 0
		}
	}
	if len(batch) > 0 {
		batches <- catalog.Prepare(ctx, batch)
	}
	return nil
}
