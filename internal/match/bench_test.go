package match_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// million is an index in the mix of public feeds: 40 % domains, 25 % addresses,
// 25 % hashes, 10 % URLs.
func million() *match.Index {
	const n = 1_000_000
	x := match.New()
	batch := make([]match.Indicator, 0, 10_000)
	for i := range n {
		ind := match.Indicator{ID: fmt.Sprintf("indicator--00000000-0000-4000-8000-%012d", i)}
		switch {
		case i%20 < 8:
			ind.Value, ind.Subdomains = observable.Value{Type: observable.Domain, Text: fmt.Sprintf("c2-%x.evil%d.example", i*7919, i%997)}, true
		case i%20 < 13:
			ind.Value = observable.Value{Type: observable.IPv4, Text: fmt.Sprintf("%d.%d.%d.%d", 1+i>>16&127, i>>8&255, i&255, i%251)}
		case i%20 < 18:
			ind.Value = observable.Value{Type: observable.SHA256, Text: fmt.Sprintf("%064x", uint64(i)*0x9e3779b97f4a7c15)}
		default:
			ind.Value = observable.Value{Type: observable.URL, Text: fmt.Sprintf("http://evil%d.example/%x", i%997, i)}
		}
		if batch = append(batch, ind); len(batch) == cap(batch) {
			x.Add(batch...)
			batch = batch[:0]
		}
	}
	return x
}

func BenchmarkMatch(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x := million()
	runtime.GC()
	runtime.ReadMemStats(&after)
	perIndicator := float64(after.HeapAlloc-before.HeapAlloc) / float64(x.Len())
	values := func(format string, t observable.Type) (all []observable.Value) {
		for i := range 1 << 16 {
			all = append(all, observable.Value{Type: t, Text: fmt.Sprintf(format, uint64(i)*0x9e3779b97f4a7c15>>12)})
		}
		return all
	}
	for _, kind := range []struct {
		name   string
		values []observable.Value
	}{
		{"domain of four labels", values("www.host-%x.good.example", observable.Domain)},
		{"hash", values("%064x", observable.SHA256)},
		{"URL", values("http://good.example/%x", observable.URL)},
	} {
		b.Run(kind.name, func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				x.Match(kind.values[i&(1<<16-1)])
				i++
			}
			b.ReportMetric(perIndicator, "B/indicator")
		})
	}
}

func BenchmarkAddOne(b *testing.B) {
	x := match.New()
	i := 0
	for b.Loop() {
		x.Add(match.Indicator{ID: "x", Value: observable.Value{Type: observable.Domain, Text: fmt.Sprintf("evil%d.example", i)}})
		i++
	}
}
