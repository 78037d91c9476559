package tail

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// errRewritten says that an open file begins with something else, or has become
// shorter than what was read of it.
var errRewritten = errors.New("the file was truncated and written anew")

// maxHeld is how long a line without an end may become before it is given in
// pieces: no reader takes one that long.
const maxHeld = 16 << 20

// origin is what is known of a file that is or was read.
type origin struct {
	device, inode  uint64
	head           head
	size, modified int64 // when it was last looked at
	at             int64 // the next byte to be given
}

// is says whether a file that was found is the one.
func (o *origin) is(c candidate) bool { return o.inode == c.inode && o.device == c.device }

// source is an open file.
type source struct {
	origin
	name   string // by which it was opened
	file   *os.File
	packed *bufio.Reader // of what is unpacked; nil for a plain file
	left   bool          // nothing more is written to it: give the rest, ended or not
	broken bool          // it cannot be read further
	anew   bool          // it was truncated, and nothing of it was given since

	ended   int64 // the byte after the last end of a line that was found
	scanned int64 // as far as ends of lines have been looked for
	room    [HeadSize]byte
}

// open opens a file that was found at a path. It is fs.ErrNotExist, too, if
// another one has the path by now.
func open(c candidate) (*source, error) {
	file, err := os.Open(c.path)
	if err != nil {
		return nil, err
	}
	s := &source{name: c.path, file: file}
	err = s.stat()
	if err == nil && !s.is(c) {
		err = fmt.Errorf("%s is another file by now: %w", c.path, fs.ErrNotExist)
	}
	if err == nil {
		err = s.begin(c.packing)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return s, nil
}

// begin reads the head.
func (s *source) begin(packing string) error {
	var first []byte
	var err error
	if packing == "" {
		first, err = readHead(s.file, s.room[:])
	} else {
		var unpacked io.Reader
		if unpacked, err = unpack(bufio.NewReaderSize(s.file, 64<<10), packing); err != nil {
			return err
		}
		s.packed = bufio.NewReaderSize(unpacked, maxPreamble)
		if first, err = s.packed.Peek(HeadSize); errors.Is(err, io.EOF) {
			err = nil
		}
	}
	s.head.grow(first)
	return err
}

func unpack(r io.Reader, packing string) (io.Reader, error) {
	switch packing {
	case ".gz":
		return gzip.NewReader(r)
	case ".bz2":
		return bzip2.NewReader(r), nil
	}
	return nil, errPacking
}

// errPacking says that the standard library cannot unpack a file.
var errPacking = errors.New("only gzip and bzip2 can be unpacked")

// past says that the file is one that nobody writes to.
func (s *source) past() bool { return s.left || s.packed != nil }

// stat finds out what the open file is by now.
func (s *source) stat() error {
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	s.size, s.modified = info.Size(), info.ModTime().UnixNano()
	s.device, s.inode = identity(info)
	return nil
}

func identity(info fs.FileInfo) (device, inode uint64) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Dev), st.Ino //nolint:unconvert // it is an int32 on other systems
	}
	return 0, 0
}

// read gives whole lines, as far as p has room; 0 without an error at the end.
// A line for which p has no room is given in pieces once its end is there.
func (s *source) read(p []byte) (int, error) {
	switch {
	case s.broken:
		return 0, nil
	case s.packed != nil:
		return s.readPacked(p)
	case s.ended > s.at:
		p = p[:min(int64(len(p)), s.ended-s.at)]
	}
	n, err := s.file.ReadAt(p, s.at)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	if n == 0 {
		return 0, nil
	}
	if s.left {
		s.at += int64(n)
		return n, nil
	}
	// What was read counts if the file is still the same after that.
	if err := s.verify(); err != nil {
		return 0, err
	}
	if s.ended <= s.at {
		if n, err = s.wholeLines(p[:n], n == len(p)); err != nil {
			return 0, err
		}
	}
	s.at += int64(n)
	return n, nil
}

// wholeLines is how many of the bytes at s.at are whole lines, or are a part of
// one that has an end further on. full says that there may be more.
func (s *source) wholeLines(p []byte, full bool) (int, error) {
	if i := bytes.LastIndexByte(p, '\n'); i >= 0 {
		s.ended = s.at + int64(i) + 1
		return i + 1, nil
	}
	if !full {
		return 0, nil
	}
	s.scanned = max(s.scanned, s.at+int64(len(p)))
	room := make([]byte, 64<<10)
	for s.scanned < s.at+maxHeld {
		n, err := s.file.ReadAt(room, s.scanned)
		if i := bytes.IndexByte(room[:n], '\n'); i >= 0 {
			s.ended = s.scanned + int64(i) + 1
			return len(p), nil
		}
		s.scanned += int64(n)
		if errors.Is(err, io.EOF) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// verify is errRewritten if the file does not begin as it did.
func (s *source) verify() error {
	first, err := readHead(s.file, s.room[:])
	if err != nil {
		return err
	}
	if !s.head.begins(first) {
		return errRewritten
	}
	s.head.grow(first)
	return nil
}

// readPacked gives what is unpacked: it has an end.
func (s *source) readPacked(p []byte) (int, error) {
	n, err := s.packed.Read(p)
	s.at += int64(n)
	if n > 0 || errors.Is(err, io.EOF) {
		return n, nil // an error comes again with the next call
	}
	return 0, err
}

// skip goes to the byte at which reading goes on, and gives the lines in front
// of the data that begin with '#', if it is not among them.
func (s *source) skip(offset int64) (preamble []byte, err error) {
	if s.packed == nil {
		preamble = make([]byte, min(offset, maxPreamble))
		if _, err = s.file.ReadAt(preamble, 0); err == nil {
			s.at = offset
		}
	} else {
		if preamble, err = s.packed.Peek(int(min(offset, maxPreamble))); err == nil {
			preamble = bytes.Clone(preamble)
			s.at, err = io.CopyN(io.Discard, s.packed, offset)
		}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("it has fewer than %d bytes", offset)
	}
	return comments(preamble), err
}

// maxPreamble is how long lines that begin with '#' at the beginning of a file
// may be together.
const maxPreamble = 64 << 10

// comments cuts off what follows the first lines that begin with '#'.
func comments(text []byte) []byte {
	end := 0
	for end < len(text) && text[end] == '#' {
		i := bytes.IndexByte(text[end:], '\n')
		if i < 0 {
			break
		}
		end += i + 1
	}
	return text[:end]
}
