package match_test

import (
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// BenchmarkRebuildReaders compares the reader's latencies, of eight lookups
// each as one event takes, while nothing else goes on and while the index is
// compacted.
func BenchmarkRebuildReaders(b *testing.B) {
	n := indicators(b)
	x := openLarge(b)
	for i := range 100_000 {
		x.Add(made(i, 3))
	}
	rng := rand.New(rand.NewPCG(7, 8))
	values := make([]observable.Value, 1<<16)
	for i := range values {
		values[i] = made(rng.IntN(n), 1).Value
	}
	events := func(until func() bool) []time.Duration {
		times := make([]time.Duration, 0, 1<<22)
		for i := 0; !until() && len(times) < cap(times); i += 8 {
			began := time.Now()
			for j := range 8 {
				x.Match(values[(i+j)&(1<<16-1)])
			}
			times = append(times, time.Since(began))
		}
		slices.Sort(times)
		return times
	}
	at := func(times []time.Duration, q float64) float64 {
		return float64(times[int(q*float64(len(times)-1))].Nanoseconds())
	}
	path := filepath.Join(b.TempDir(), "compacted")
	for b.Loop() {
		calls := 0
		idle := events(func() bool { calls++; return calls > 1<<20 })
		done := make(chan error, 1)
		began := time.Now()
		go func() { done <- x.Compact(path) }()
		busy := events(func() bool { return len(done) > 0 })
		if err := <-done; err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(began).Seconds(), "s/rebuild")
		b.ReportMetric(at(idle, .5), "p50-idle-ns")
		b.ReportMetric(at(idle, .99), "p99-idle-ns")
		b.ReportMetric(at(busy, .5), "p50-rebuild-ns")
		b.ReportMetric(at(busy, .99), "p99-rebuild-ns")
		b.ReportMetric(at(busy, .99)/at(idle, .99), "p99-ratio")
	}
}

// BenchmarkRestart10M opens the snapshot and finds an indicator.
func BenchmarkRestart10M(b *testing.B) {
	path := largeSnapshot(b)
	want := made(0, 0)
	for b.Loop() {
		x, err := match.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		if got, ok := x.Match(want.Value); !ok || got != want {
			b.Fatalf("%v, %v", got, ok)
		}
		if err := x.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBuild10M makes the snapshot, of which making the indicators up is
// measured apart.
func BenchmarkBuild10M(b *testing.B) {
	n := indicators(b)
	path := filepath.Join(b.TempDir(), "built")
	for b.Loop() {
		began := cpu(b)
		for ind := range madeAll(n, 0) {
			runtime.KeepAlive(ind)
		}
		making := cpu(b) - began
		began = cpu(b)
		built, err := match.Build(path, madeAll(n, 0))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric((cpu(b) - began - making).Seconds(), "cpu-s/build")
		b.ReportMetric(float64(built.Bytes)/float64(n), "file-B/indicator")
	}
}
