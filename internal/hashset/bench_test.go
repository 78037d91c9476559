package hashset_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/tocsin-project/tocsin/internal/hashset"
)

func indicators(b testing.TB) int {
	n := 10_000_000
	if text := os.Getenv("TOCSIN_BENCH_INDICATORS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	return n
}

// BenchmarkSet writes and reads TOCSIN_BENCH_INDICATORS fingerprints
// (10,000,000 by default).
func BenchmarkSet(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 4))
	all := make([]uint64, indicators(b))
	for i := range all {
		all[i] = rng.Uint64()
	}
	slices.Sort(all)
	all = slices.Compact(all)
	set := encode(b, all)
	// The entropy of n of 2^64, by Stirling.
	floor := (math.Log2(math.E) + 64 - math.Log2(float64(len(all)))) / 8
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			encode(b, all)
		}
		b.ReportMetric(float64(len(set))/float64(len(all)), "B/indicator")
		b.ReportMetric(floor, "floor-B/indicator")
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(all)), "ns/indicator")
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			in, err := hashset.NewReader(bytes.NewReader(set), uint64(len(all)))
			for err == nil {
				_, err = in.Next()
			}
			if !errors.Is(err, io.EOF) {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(all)), "ns/indicator")
	})
}
