package soc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// framed are records as one run of bytes, and where each ends.
type framed struct {
	bytes []byte
	ends  []int
}

// lines ends each record with a line feed; there is none in a record.
func (f *framed) lines(records [][]byte) {
	f.bytes, f.ends = f.bytes[:0], f.ends[:0]
	for _, r := range records {
		f.bytes = append(append(f.bytes, r...), '\n')
		f.ends = append(f.ends, len(f.bytes))
	}
}

// octets puts each record's length before it (RFC 6587, section 3.4.1).
func (f *framed) octets(records [][]byte) {
	f.bytes, f.ends = f.bytes[:0], f.ends[:0]
	for _, r := range records {
		f.bytes = append(fmt.Appendf(f.bytes, "%d ", len(r)), r...)
		f.ends = append(f.ends, len(f.bytes))
	}
}

// whole is how many records the first n bytes hold.
func (f *framed) whole(n int) int {
	count := 0
	for count < len(f.ends) && f.ends[count] <= n {
		count++
	}
	return count
}

// stream writes lines to what is open already.
type stream struct {
	out io.Writer
	framed
}

func (s *stream) write(_ context.Context, records [][]byte) (int, error) {
	s.lines(records)
	n, err := s.out.Write(s.bytes)
	return s.whole(n), err
}

func (s *stream) limit() int     { return 0 }
func (s *stream) close() error   { return nil }
func (s *stream) String() string { return "standard output" }

// file appends lines. Whoever rotates it renames or removes it; it is made anew
// then.
type file struct {
	path string
	f    *os.File
	torn bool // the file does not end with a line feed
	framed
}

// fileMode: what is in it stays within the partner's house.
const fileMode = 0o640

func (f *file) write(_ context.Context, records [][]byte) (int, error) {
	if err := f.open(); err != nil {
		return 0, err
	}
	if f.torn {
		if _, err := f.f.WriteString("\n"); err != nil {
			return 0, err
		}
		f.torn = false
	}
	f.lines(records)
	n, err := f.f.Write(f.bytes)
	done := f.whole(n)
	if done < len(records) {
		err = errors.Join(err, f.drop()) // open looks whether a record was torn
	}
	return done, err
}

// open opens the file at the path, if it is not the one that is open.
func (f *file) open() error {
	now, err := os.Stat(f.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if f.f != nil {
		have, statErr := f.f.Stat()
		if err == nil && statErr == nil && os.SameFile(now, have) {
			return nil
		}
		if err := f.drop(); err != nil {
			return err
		}
	}
	// Without O_NONBLOCK a named pipe that nobody reads would hang here.
	f.f, err = os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_RDWR|syscall.O_NONBLOCK, fileMode)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENXIO) {
		f.f, err = os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY|syscall.O_NONBLOCK, fileMode)
	}
	if err != nil {
		return err
	}
	info, err := f.f.Stat()
	if err != nil {
		return err
	}
	f.torn = false
	if info.Mode().IsRegular() && info.Size() > 0 {
		var last [1]byte
		_, err := f.f.ReadAt(last[:], info.Size()-1)
		f.torn = err == nil && last[0] != '\n'
	}
	return nil
}

func (f *file) drop() error {
	err := f.f.Close()
	f.f = nil
	return err
}

func (f *file) limit() int { return 0 }

func (f *file) close() error {
	if f.f == nil {
		return nil
	}
	return f.drop()
}

func (f *file) String() string { return f.path }
