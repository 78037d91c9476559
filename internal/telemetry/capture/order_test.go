package capture_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/capture"
)

// Segments may come in another order, twice, and overlapping: the conversation
// is the same.
func TestOrder(t *testing.T) {
	var text []byte
	var want []string
	for i := range 6 {
		body := fmt.Sprintf(get, 90+i)
		text = fmt.Appendf(text, post, len(body), body)
		text = fmt.Appendf(text, get, i)
		want = append(want, "/up", fmt.Sprintf("/%d", i))
	}
	rapid.Check(t, func(rt *rapid.T) {
		f := newFilm(t)
		k := f.connect(client, web)
		var cuts []int
		for at := 0; at < len(text); {
			cuts = append(cuts, at)
			at += rapid.IntRange(1, 200).Draw(rt, "size")
		}
		type piece struct{ from, to, place int }
		var pieces []piece
		for i, from := range cuts {
			to := len(text)
			if i+1 < len(cuts) {
				to = cuts[i+1]
			}
			pieces = append(pieces, piece{from: from, to: to})
			if rapid.IntRange(0, 3).Draw(rt, "again") == 0 { // sent again with something around it
				back, forth := rapid.IntRange(0, 50).Draw(rt, "back"), rapid.IntRange(0, 50).Draw(rt, "forth")
				pieces = append(pieces, piece{from: max(0, from-back), to: min(len(text), to+forth)})
			}
		}
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		for i := range pieces { // none is overtaken by more than the few after it
			pieces[i].place = i + rng.IntN(6)
		}
		slices.SortStableFunc(pieces, func(a, b piece) int { return a.place - b.place })
		for _, p := range pieces {
			f.segment(client, web, "A", k.up+uint32(p.from), text[p.from:p.to])
		}
		events, r := read(t, f.pcap(0), capture.Options{})
		var got []string
		for _, e := range of(telemetry.HTTP, events) {
			got = append(got, e.Properties[1].Text)
		}
		if !slices.Equal(got, want) || r.Counts().Gaps != 0 || r.Counts().Buffered != 0 {
			rt.Fatalf("%q, want %q; %+v", got, want, r.Counts())
		}
	})
}

// Where bytes are missing for good, requests that begin with a segment are read
// again, and the gap is counted.
func TestGap(t *testing.T) {
	f := newFilm(t)
	k := f.connect(client, web)
	for i := range 100 {
		if i == 3 {
			k.up += 500 // never captured
		}
		k.ask(fmt.Appendf(nil, get, i), 0)
	}
	events, r := read(t, f.pcap(0), capture.Options{})
	if n := len(of(telemetry.HTTP, events)); n != 100 || r.Counts().Gaps != 1 {
		t.Errorf("%d requests, %+v", n, r.Counts())
	}
	// So few follow that the gap is not certain before the end.
	f = newFilm(t)
	k = f.connect(client, web)
	k.up += 500
	k.ask(fmt.Appendf(nil, get, 1), 0)
	events, r = read(t, f.pcap(0), capture.Options{})
	if n := len(of(telemetry.HTTP, events)); n != 1 || r.Counts().Gaps != 1 {
		t.Errorf("at the end: %d requests, %+v", n, r.Counts())
	}
	// A forged segment far ahead does not lead astray.
	f = newFilm(t)
	k = f.connect(client, web)
	f.segment(client, web, "A", k.up+1<<30, []byte("x"))
	k.ask(fmt.Appendf(nil, get, 1), 7)
	events, _ = read(t, f.pcap(0), capture.Options{})
	if n := len(of(telemetry.HTTP, events)); n != 1 {
		t.Errorf("after a forged segment: %d requests", n)
	}
}
