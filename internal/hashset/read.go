package hashset

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"github.com/zeebo/xxh3"
)

// Reader reads one set, fingerprint by fingerprint, in a few kilobytes of
// memory and in time that grows with what the set says it holds.
type Reader struct {
	in    *bufio.Reader
	sum   *xxh3.Hasher
	n     uint64
	k     int
	read  uint64
	next  uint64 // the least that the next may be
	ended error  // what Next has returned instead of a fingerprint

	word [8]byte
	bits uint64 // not used yet, the first the lowest
	have int    // how many
}

// NewReader reads the beginning of a set, which may have at most the given
// number of fingerprints.
func NewReader(r io.Reader, most uint64) (*Reader, error) {
	out := &Reader{in: bufio.NewReaderSize(r, bufferSize), sum: xxh3.New()}
	var header [headerSize]byte
	if _, err := io.ReadFull(out.in, header[:]); err != nil {
		return nil, readError(err)
	}
	if string(header[:len(magic)]) != magic {
		return nil, fmt.Errorf("read hash set: %w", invalid("it begins with %q", header[:len(magic)]))
	}
	_, _ = out.sum.Write(header[:]) // a hash takes all
	out.n = binary.LittleEndian.Uint64(header[len(magic):])
	if out.n > min(most, Most) {
		return nil, fmt.Errorf("read hash set: %w", invalid("%d fingerprints, at most %d are taken", out.n, min(most, Most)))
	}
	out.k = riceBits(out.n)
	return out, nil
}

func readError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = invalid("it ends too early")
	}
	return fmt.Errorf("read hash set: %w", err)
}

// Len is how many fingerprints the set says it has.
func (r *Reader) Len() uint64 { return r.n }

// Next is the next fingerprint, each greater than the one before. After the
// last it is io.EOF if all was sound: before, nothing of the set may be relied
// on.
func (r *Reader) Next() (uint64, error) {
	if r.ended != nil {
		return 0, r.ended
	}
	var fingerprint uint64
	if r.read == r.n {
		r.ended = r.end()
	} else {
		fingerprint, r.ended = r.fingerprint()
	}
	if r.ended != nil {
		return 0, r.ended
	}
	return fingerprint, nil
}

func (r *Reader) fingerprint() (uint64, error) {
	if r.read > 0 && r.next == 0 {
		return 0, readError(invalid("a fingerprint follows the greatest there is"))
	}
	ones, err := r.ones((^uint64(0) - r.next) >> r.k)
	if err != nil {
		return 0, readError(err)
	}
	low, err := r.take(r.k)
	if err != nil {
		return 0, readError(err)
	}
	fingerprint, carry := bits.Add64(r.next, ones<<r.k|low, 0)
	if carry > 0 {
		return 0, readError(invalid("fingerprint %d is too great", r.read))
	}
	r.read++
	r.next = fingerprint + 1
	return fingerprint, nil
}

// ones counts the ones before the next zero, and takes both. More than most is
// an error, so that a set cannot be all ones.
func (r *Reader) ones(most uint64) (n uint64, err error) {
	for {
		if r.have == 0 {
			if err := r.fill(); err != nil {
				return 0, err
			}
		}
		run := min(bits.TrailingZeros64(^r.bits), r.have)
		n += uint64(run)
		if n > most {
			return 0, invalid("fingerprint %d is too great", r.read)
		}
		if run < r.have {
			r.drop(run + 1)
			return n, nil
		}
		r.drop(run)
	}
}

// take is the next n bits, at most 63.
func (r *Reader) take(n int) (uint64, error) {
	low := r.bits & (1<<n - 1)
	if n <= r.have {
		r.drop(n)
		return low, nil
	}
	have := r.have
	if err := r.fill(); err != nil {
		return 0, err
	}
	if n-have > r.have {
		return 0, io.ErrUnexpectedEOF
	}
	low |= r.bits & (1<<(n-have) - 1) << have
	r.drop(n - have)
	return low, nil
}

func (r *Reader) drop(n int) { r.bits, r.have = r.bits>>n, r.have-n }

// fill reads the next word, or what is left before the checksum.
func (r *Reader) fill() error {
	ahead, err := r.in.Peek(len(r.word) + sumSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	n := len(ahead) - sumSize
	if n <= 0 {
		return io.ErrUnexpectedEOF
	}
	r.word = [8]byte{}
	copy(r.word[:], ahead[:n])
	_, _ = r.sum.Write(r.word[:n])
	r.bits, r.have = binary.LittleEndian.Uint64(r.word[:]), 8*n
	_, err = r.in.Discard(n)
	return err
}

// end checks what follows the last fingerprint.
func (r *Reader) end() error {
	if r.bits != 0 || r.have >= 8 {
		return readError(invalid("there is more than the fingerprints"))
	}
	if _, err := io.ReadFull(r.in, r.word[:]); err != nil {
		return readError(err)
	}
	if binary.LittleEndian.Uint64(r.word[:]) != r.sum.Sum64() {
		return readError(invalid("it has another checksum"))
	}
	if _, err := r.in.Peek(1); !errors.Is(err, io.EOF) {
		if err != nil {
			return readError(err)
		}
		return readError(invalid("something follows it"))
	}
	return io.EOF
}
