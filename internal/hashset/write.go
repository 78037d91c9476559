package hashset

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/zeebo/xxh3"
)

// Most is how many fingerprints a set can have.
const Most = 1 << 40

// Writer writes one set, fingerprint by fingerprint.
type Writer struct {
	out  io.Writer
	sum  *xxh3.Hasher
	k    int
	left uint64 // fingerprints that are still to come
	next uint64 // the least that the next may be
	full bool   // the greatest fingerprint of all was written

	buffer []byte
	bits   uint64 // not yet in buffer, the first the lowest
	n      int    // how many, below 64
}

const bufferSize = 32 << 10

// NewWriter begins a set of exactly n fingerprints.
func NewWriter(w io.Writer, n uint64) (*Writer, error) {
	if n > Most {
		return nil, fmt.Errorf("write hash set: %d fingerprints, the most are %d", n, uint64(Most))
	}
	out := &Writer{out: w, sum: xxh3.New(), k: riceBits(n), left: n, buffer: make([]byte, 0, bufferSize+16)}
	out.buffer = binary.LittleEndian.AppendUint64(append(out.buffer, magic...), n)
	return out, nil
}

// Add writes the next fingerprint, which has to be greater than the one before.
func (w *Writer) Add(fingerprint uint64) error {
	switch {
	case w.left == 0:
		return fmt.Errorf("write hash set: there are more fingerprints than were announced")
	case fingerprint < w.next || w.full:
		return fmt.Errorf("write hash set: fingerprint %#x does not come after the one before; sort them and leave each out that is there twice", fingerprint)
	}
	gap := fingerprint - w.next
	w.left--
	w.next = fingerprint + 1
	w.full = w.next == 0
	ones := gap >> w.k
	for ; ones >= 32; ones -= 32 {
		w.put(1<<32-1, 32)
	}
	w.put(1<<ones-1, int(ones)+1)
	w.put(gap&(1<<w.k-1), w.k)
	if len(w.buffer) >= bufferSize {
		return w.flush()
	}
	return nil
}

// put appends the n low bits of b, at most 63; the others are 0.
func (w *Writer) put(b uint64, n int) {
	w.bits |= b << w.n
	if w.n+n < 64 {
		w.n += n
		return
	}
	w.buffer = binary.LittleEndian.AppendUint64(w.buffer, w.bits)
	w.bits, w.n = b>>(64-w.n), w.n+n-64
}

func (w *Writer) flush() error {
	_, _ = w.sum.Write(w.buffer) // a hash takes all
	_, err := w.out.Write(w.buffer)
	w.buffer = w.buffer[:0]
	return err
}

// Close ends the set, which has to be complete. It leaves the writer below
// open.
func (w *Writer) Close() error {
	if w.left > 0 {
		return fmt.Errorf("write hash set: %d fingerprints less than were announced", w.left)
	}
	for ; w.n > 0; w.n -= 8 {
		w.buffer = append(w.buffer, byte(w.bits))
		w.bits >>= 8
	}
	if err := w.flush(); err != nil {
		return fmt.Errorf("write hash set: %w", err)
	}
	_, err := w.out.Write(binary.LittleEndian.AppendUint64(nil, w.sum.Sum64()))
	if err != nil {
		return fmt.Errorf("write hash set: %w", err)
	}
	return nil
}
