package translog_test

import (
	"context"
	"testing"

	"github.com/tocsin-project/tocsin/internal/translog"
)

// Durable appends of batches of 100.
func BenchmarkAppend100(b *testing.B) {
	skey, _, err := translog.GenerateKey(origin)
	if err != nil {
		b.Fatal(err)
	}
	l, err := translog.Open(b.TempDir(), skey)
	if err != nil {
		b.Fatal(err)
	}
	batch := entries(0, 100)
	for b.Loop() {
		if _, err := l.Append(context.Background(), batch...); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*100)/b.Elapsed().Seconds(), "entries/s")
}

func BenchmarkProveInclusion(b *testing.B) {
	skey, _, err := translog.GenerateKey(origin)
	if err != nil {
		b.Fatal(err)
	}
	l, err := translog.Open(b.TempDir(), skey)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := l.Append(context.Background(), entries(0, 200_000)...); err != nil {
		b.Fatal(err)
	}
	for i := int64(0); b.Loop(); i++ {
		if _, err := l.ProveInclusion(i*7919%200_000, 200_000); err != nil {
			b.Fatal(err)
		}
	}
}
