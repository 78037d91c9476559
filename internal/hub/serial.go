package hub

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// serials numbers what lists are published as. A number is the time in units of
// 16 ms, or one more than the last if that is not greater. It is never used twice,
// also if the clock goes back or the hub was restored: up to where numbers may have
// been used stands in a file.
type serials struct {
	file     string
	last     uint64
	reserved uint64 // as the file says
}

const (
	serialUnit = 16 * time.Millisecond
	// reserve is how many numbers one writing of the file covers: a minute of the
	// clock, or that many changes.
	reserve = 4096
)

func openSerials(file string) (*serials, error) {
	s := &serials{file: file}
	b, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("read the last serial: %w", err)
	case len(b) != 8:
		return nil, fmt.Errorf("read the last serial: %s has %d bytes, not 8: restore it from a backup; without it, readers may keep an old list until the hub's clock has passed the last serial", file, len(b))
	default:
		s.last = binary.BigEndian.Uint64(b)
		s.reserved = s.last
	}
	return s, nil
}

// next is the number of what is published now.
func (s *serials) next(now time.Time) (uint64, error) {
	n := serialAt(s.last, now)
	if n > s.reserved {
		if err := s.reserve(n); err != nil {
			return 0, err
		}
	}
	s.last = n
	return n, nil
}

// serialAt is the number after the last one.
func serialAt(last uint64, now time.Time) uint64 {
	return max(last+1, uint64(max(now.UnixMilli(), 0))/uint64(serialUnit.Milliseconds()))
}

// ahead writes the file before next has to wait for it.
func (s *serials) ahead(now time.Time) error {
	n := max(s.last, uint64(max(now.UnixMilli(), 0))/uint64(serialUnit.Milliseconds()))
	if n+reserve/2 <= s.reserved {
		return nil
	}
	return s.reserve(n)
}

func (s *serials) reserve(n uint64) error {
	if err := atomicfile.Write(s.file, binary.BigEndian.AppendUint64(nil, n+reserve), 0o600); err != nil {
		return fmt.Errorf("keep the last serial: %w", err)
	}
	s.reserved = n + reserve
	return nil
}
