package exercise_test

import (
	"io"
	"runtime"
	"testing"

	"github.com/tocsin-project/tocsin/internal/exercise"
)

// BenchmarkEmit writes the records of ticks of an outbreak in full course.
func BenchmarkEmit(b *testing.B) {
	s, err := exercise.Find("wannacry-12-may")
	if err != nil {
		b.Fatal(err)
	}
	w := s.World(1)
	for range 1000 {
		w.Step(nil)
	}
	lines := 0
	b.ReportAllocs()
	for b.Loop() {
		for site := range 48 {
			n, err := w.Emit(site, io.Discard)
			if err != nil {
				b.Fatal(err)
			}
			lines += n
		}
	}
	b.ReportMetric(float64(lines)/b.Elapsed().Seconds(), "lines/s")
}

// BenchmarkWorld plays eight hours of 120,000 hosts.
func BenchmarkWorld(b *testing.B) {
	s, err := exercise.Find("wannacry-12-may")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for w := s.World(1); w.Step(nil); {
		}
	}
}

// BenchmarkCompare plays ten million hosts at ten thousand partners for 48 hours
// of the worm that doubles in 12.4 minutes, under all five ways of sharing, on
// one core. The goal is 20 s and 1 GiB.
func BenchmarkCompare(b *testing.B) {
	s, err := exercise.Find("wannacry-300k")
	if err != nil {
		b.Fatal(err)
	}
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	var most uint64
	for b.Loop() {
		if _, err := exercise.Compare(b.Context(), s, []uint64{1}); err != nil {
			b.Fatal(err)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.Sys)
	}
	each := b.Elapsed().Seconds() / float64(b.N)
	b.ReportMetric(each, "s/five-ways")
	b.ReportMetric(20/each, "times-faster-than-goal")
	b.ReportMetric(float64(most)/(1<<20), "MiB-of-1024")
}
