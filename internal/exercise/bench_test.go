package exercise_test

import (
	"io"
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
