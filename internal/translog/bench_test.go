package translog_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"

	"github.com/tocsin-project/tocsin/internal/translog"
)

// Limits of what is measured here: durable appends a second, batched, and the
// time of a proof with ten million entries.
const (
	wantAppends = 1000
	maxProofMs  = 1.0
)

// logSize is how many entries BenchmarkProveInclusion's log has.
const (
	logSize        = "TOCSIN_BENCH_LOG"
	defaultLogSize = 1_000_000
)

func openBench(b *testing.B) *translog.Log {
	b.Helper()
	skey, _, err := translog.GenerateKey(origin)
	if err != nil {
		b.Fatal(err)
	}
	l, err := translog.Open(b.TempDir(), skey)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := l.Close(); err != nil {
			b.Error(err)
		}
	})
	return l
}

func reportAppends(b *testing.B, n int) {
	b.Helper()
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(wantAppends, "goal-entries/s")
}

// Durable appends of batches of 100.
func BenchmarkAppend100(b *testing.B) {
	l := openBench(b)
	batch := entries(0, 100)
	for b.Loop() {
		if _, err := l.Append(context.Background(), batch...); err != nil {
			b.Fatal(err)
		}
	}
	reportAppends(b, b.N*100)
}

// Durable appends of single entries by many callers at once, who share
// checkpoints as they wait for one another.
func BenchmarkAppendTogether(b *testing.B) {
	for _, each := range []int{1, 16, 128} { // on each processor
		b.Run(strconv.Itoa(each*runtime.GOMAXPROCS(0)), func(b *testing.B) {
			l := openBench(b)
			b.SetParallelism(each)
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					if _, err := l.Append(context.Background(), entry(7)); err != nil {
						b.Error(err)
						return
					}
				}
			})
			reportAppends(b, b.N)
		})
	}
}

// Proofs of inclusion of entries all over a log of TOCSIN_BENCH_LOG entries.
func BenchmarkProveInclusion(b *testing.B) {
	size := int64(defaultLogSize)
	if set := os.Getenv(logSize); set != "" {
		var err error
		if size, err = strconv.ParseInt(set, 10, 64); err != nil || size < 1 {
			b.Fatalf("%s=%q is not a size", logSize, set)
		}
	}
	l := openBench(b)
	const batch = 200_000
	for at := int64(0); at < size; at += batch {
		if _, err := l.Append(context.Background(), entries(int(at), int(min(at+batch, size)))...); err != nil {
			b.Fatal(err)
		}
	}
	b.Run(fmt.Sprint(size), func(b *testing.B) {
		for i := int64(0); b.Loop(); i++ {
			if _, err := l.ProveInclusion(i*7_919_111%size, size); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms/proof")
		b.ReportMetric(maxProofMs, "limit-ms")
	})
}
