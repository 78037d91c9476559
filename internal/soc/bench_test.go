package soc_test

import (
	"fmt"
	"io"
	"net/netip"
	"testing"

	"github.com/tocsin-project/tocsin/internal/soc"
)

// BenchmarkRecords is a hit all the way to a writer, each of another host.
func BenchmarkRecords(b *testing.B) {
	for _, format := range []string{"json", "syslog", "cef"} {
		b.Run(format, func(b *testing.B) {
			s, err := soc.Open(format+":-", soc.Options{Stdout: io.Discard, Window: -1, Queue: 1 << 16})
			if err != nil {
				b.Fatal(err)
			}
			a := hit()
			for b.Loop() {
				for s.Send(a) != nil {
					continue
				}
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(s.Stats().Records)/b.Elapsed().Seconds(), "alerts/s")
		})
	}
}

// BenchmarkFlood is a worm's repeated hits, of a thousand hosts, as a reader
// meets them.
func BenchmarkFlood(b *testing.B) {
	s, err := soc.Open("json:-", soc.Options{Stdout: io.Discard})
	if err != nil {
		b.Fatal(err)
	}
	alerts := make([]soc.Alert, 1000)
	for i := range alerts {
		alerts[i] = hit()
		alerts[i].Source = netip.MustParseAddr(fmt.Sprintf("10.0.%d.%d", i>>8, i&255))
		for range 2 { // the second begins what is gathered
			if err := s.Send(alerts[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if err := s.Send(alerts[i%len(alerts)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}
