package made_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/made"
)

func TestTheSameSeedTheSameBytes(t *testing.T) {
	of := made.Indicators{Seed: 1, N: 1000}
	write := func(seed uint64) []byte {
		e, z := made.NewEVE(seed, of, made.Mix{Hits: 0.1, NearMisses: 0.1}), made.NewZeekDNS(seed, of, made.Mix{Hits: 0.1})
		var b []byte
		for range 500 {
			b = z.Append(e.Append(b))
		}
		return b
	}
	if !bytes.Equal(write(7), write(7)) || bytes.Equal(write(7), write(8)) {
		t.Error("a seed does not say what is written")
	}
}

// The list reads as what it was made of, and no two are the same.
func TestTheListIsTheIndicators(t *testing.T) {
	of := made.Indicators{Seed: 3, N: 20_000}
	var list bytes.Buffer
	if err := of.WriteList(&list); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(list.String()), "\n")
	seen := map[observable.Value]bool{}
	for i, want := range of.All() {
		got, err := observable.Infer(lines[i])
		if err != nil || got != want || seen[got] {
			t.Fatalf("line %d %q is read as %v (%v), want %v", i+1, lines[i], got, err, want)
		}
		seen[got] = true
	}
}

func TestRecordsAreWhole(t *testing.T) {
	e := made.NewEVE(1, made.Indicators{Seed: 1, N: 1000}, made.Mix{Hits: 0.2, NearMisses: 0.2})
	const n = 5000
	var b []byte
	for range n {
		b = e.Append(b)
	}
	if size := len(b) / n; size < 680 || size > 780 {
		t.Errorf("a record has %d bytes on average", size)
	}
	r := telemetry.NewEVE(bytes.NewReader(b), telemetry.Options{})
	for {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if s := r.Stats(); s.Events != n || s.Mistyped+s.Undated > 0 {
		t.Errorf("%+v", s)
	}
}
