package api_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/hashset"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// BenchmarkIndicatorSet has TOCSIN_BENCH_SET indicators contributed and fetches
// them as a set over HTTP: for the first time, when all of them have to be
// read, and again.
func BenchmarkIndicatorSet(b *testing.B) {
	n := 300_000
	if text := os.Getenv("TOCSIN_BENCH_SET"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	s := newSite(b, nil)
	_, give := s.partner("Hospital 01", "contributor")
	const each = 10_000
	for from := 0; from < n; from += each {
		var list strings.Builder
		for i := from; i < min(n, from+each); i++ {
			fmt.Fprintf(&list, "host-%d.example\n", i)
		}
		s.share(give, "tlp=green", "text/plain", list.String())
	}
	server := httptest.NewServer(s.api)
	defer server.Close()
	c, err := client.New(server.URL, give)
	if err != nil {
		b.Fatal(err)
	}
	fetch := func(b *testing.B) {
		b.Helper()
		if set, _, err := c.IndicatorSet(b.Context(), ""); err != nil || set.Len() != n {
			b.Fatalf("%v, %v", set, err)
		}
	}
	began := time.Now()
	fetch(b)
	first := time.Since(began)
	b.Run("fetch", func(b *testing.B) {
		for b.Loop() {
			fetch(b)
		}
		b.ReportMetric(float64(s.indicatorSet(give, "").Body.Len())/float64(n), "B/indicator")
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/indicator")
		b.ReportMetric(float64(first.Nanoseconds())/float64(n), "first-ns/indicator")
	})
	b.Run("lookup", func(b *testing.B) {
		asked := make([]uint64, client.MostAsked)
		for i := range asked {
			asked[i] = hashset.Fingerprint(string(observable.Domain), fmt.Sprintf("host-%d.example", i*n/len(asked)))
		}
		for b.Loop() {
			if named, err := c.NamedBy(b.Context(), asked); err != nil || len(named) != len(asked) {
				b.Fatalf("%d are named, %v", len(named), err)
			}
		}
	})
}
