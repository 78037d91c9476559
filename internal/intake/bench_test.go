package intake_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/stix"
)

// BenchmarkRead reads envelopes of 1,000 objects of ATT&CK, on one core.
func BenchmarkRead(b *testing.B) {
	z, err := gzip.NewReader(bytes.NewReader(attack(b)))
	if err != nil {
		b.Fatal(err)
	}
	var envelopes []string
	var open []string
	err = stix.ReadBundle(z, stix.Limits{}, func(o stix.Object) error {
		if open = append(open, string(o.Raw)); len(open) == 1000 {
			envelopes = append(envelopes, `{"objects":[`+strings.Join(open, ",")+`]}`)
			open = nil
		}
		return nil
	})
	if err != nil && err != io.EOF {
		b.Fatal(err)
	}
	size := 0
	for _, e := range envelopes {
		size += len(e)
	}
	b.SetBytes(int64(size / len(envelopes)))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		out, err := intake.Read(b.Context(), strings.NewReader(envelopes[n%len(envelopes)]), intake.Submission{Partner: partner, PerObject: true})
		if err != nil || out.Accepted != 1000 {
			b.Fatal(out.Accepted, err)
		}
		n++
	}
	b.ReportMetric(float64(n*1000)/b.Elapsed().Seconds(), "objects/s")
}
