// Package made makes lists of indicators and records of sensors from a seed,
// for tests and benchmarks: the same seed, the same bytes. Names end in
// .example (RFC 2606), indicators' addresses lie in 240.0.0.0/4, which nobody
// has (RFC 1112, section 4), since the documentation ranges are too small for
// millions.
package made

import (
	"bufio"
	"fmt"
	"io"
	"iter"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Indicators is a list of so many indicators, in the mix of public feeds: 40 %
// domains of about 27 bytes, 25 % addresses, 25 % SHA-256, 8 % URLs, 2 % JA3.
// It takes no memory: each is made when it is asked for.
type Indicators struct {
	Seed uint64
	N    int
}

// scramble is a permutation of the 64-bit numbers (SplitMix64's finaliser).
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// At is the i-th indicator. No two are the same.
func (x Indicators) At(i int) observable.Value {
	h := scramble(x.Seed<<40 ^ uint64(i))
	switch kind := i % 100; {
	case kind < 40:
		return observable.Value{Type: observable.Domain, Text: domain(h, i)}
	case kind < 65:
		return observable.Value{Type: observable.IPv4, Text: fmt.Sprintf("%d.%d.%d.%d", 240+i>>24&15, i>>16&255, i>>8&255, i&255)}
	case kind < 90:
		return observable.Value{Type: observable.SHA256, Text: fmt.Sprintf("%016x%016x%016x%016x", h, scramble(h), uint64(i), scramble(h+1))}
	case kind < 98:
		return observable.Value{Type: observable.URL, Text: fmt.Sprintf("http://%s/load/%x", domain(h, i), h>>40)}
	}
	return observable.Value{Type: observable.JA3, Text: fmt.Sprintf("%016x%016x", h, uint64(i))}
}

func domain(h uint64, i int) string {
	return fmt.Sprintf("c2-%07x.evil%05d.example", i, h%100_000)
}

// ID is the STIX id of the i-th indicator.
func (x Indicators) ID(i int) string {
	h := scramble(x.Seed ^ uint64(i)<<20)
	return fmt.Sprintf("indicator--%08x-%04x-4%03x-8%03x-%012x", uint32(h), uint16(h>>32), h>>48&0xfff, i&0xfff, i)
}

// All yields every indicator with its place.
func (x Indicators) All() iter.Seq2[int, observable.Value] {
	return func(yield func(int, observable.Value) bool) {
		for i := range x.N {
			if !yield(i, x.At(i)) {
				return
			}
		}
	}
}

// WriteList writes them as a plain list, one a line. A JA3 is written with its
// type, for it looks like an MD5.
func (x Indicators) WriteList(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<20)
	for _, v := range x.All() {
		line := v.Text
		if v.Type == observable.JA3 {
			line = v.String()
		}
		if _, err := out.WriteString(line + "\n"); err != nil {
			return fmt.Errorf("write indicators: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write indicators: %w", err)
	}
	return nil
}

// of is a random indicator of a kind, given by the first and the last of its
// hundredths.
func (x Indicators) of(r *random, first, last int) observable.Value {
	hundreds := x.N / 100
	return x.At(r.IntN(hundreds)*100 + first + r.IntN(last-first))
}
