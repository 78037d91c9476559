package dnstap_test

import (
	"bytes"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	golang "github.com/dnstap/golang-dnstap"
	"golang.org/x/net/dns/dnsmessage"
	"google.golang.org/protobuf/proto"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/dnstap"
)

// FuzzDNSTap: no input makes the reader panic or take a frame twice; counts add
// up, places rise, and every observable is in its normal form.
func FuzzDNSTap(f *testing.F) {
	whole := sample(f)
	f.Add(whole)
	f.Add(whole[:len(whole)-20])
	f.Add(append(bytes.Clone(whole[:42]), 0, 0, 0, 1, 8, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 3))
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x02\x00\x00\x20\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := dnstap.New(bytes.NewReader(in), telemetry.Options{MaxLine: 1 << 16})
		events, _ := drain(t, r)
		s := r.Stats()
		if s.Lines != s.Events+s.Malformed+s.TooLong || s.Events != len(events) {
			t.Errorf("%d events, %+v", len(events), s)
		}
		var end int64
		for _, e := range events {
			if e.Offset < end || e.End <= e.Offset || e.End > int64(len(in)) {
				t.Errorf("an event at %d to %d after %d, of %d bytes", e.Offset, e.End, end, len(in))
			}
			end = e.End
			for _, o := range e.Observables {
				if v, err := observable.New(o.Type, o.Text); err != nil || v != o.Value {
					t.Errorf("%v is not normal: %v, %v", o.Value, v, err)
				}
				if !utf8.ValidString(o.Raw) {
					t.Errorf("%q is no text", o.Raw)
				}
			}
		}
		slow, _ := drain(t, dnstap.New(iotest.HalfReader(bytes.NewReader(in)), telemetry.Options{MaxLine: 1 << 16}))
		if len(slow) != len(events) {
			t.Errorf("%d events, %d if they come piecemeal", len(events), len(slow))
		}
	})
}

// BenchmarkDNSTap reads a client's questions and answers as a resolver writes
// them; an operation is a message.
func BenchmarkDNSTap(b *testing.B) {
	var frames [][]byte
	for range 500 {
		frames = append(frames,
			tap(b, golang.Message_CLIENT_QUERY, message(b, "www.evil.example.", false, 0, "")),
			tap(b, golang.Message_CLIENT_RESPONSE, message(b, "www.evil.example.", true, dnsmessage.RCodeSuccess, "203.0.113.66")))
	}
	in := file(b, frames...)
	b.SetBytes(int64(len(in) / len(frames)))
	b.ReportAllocs()
	for n := 0; n < b.N; {
		r := dnstap.New(bytes.NewReader(in), telemetry.Options{})
		for ; n < b.N; n++ {
			if _, err := r.Next(); err != nil {
				break
			}
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

// The library's own decoding is half of the reading; how much is it alone?
func BenchmarkLibraryAlone(b *testing.B) {
	frame := tap(b, golang.Message_CLIENT_RESPONSE, message(b, "www.evil.example.", true, dnsmessage.RCodeSuccess, "203.0.113.66"))
	b.ReportAllocs()
	for b.Loop() {
		var d golang.Dnstap
		if err := proto.Unmarshal(frame, &d); err != nil {
			b.Fatal(err)
		}
	}
}
