package stix

import (
	"bytes"
	"errors"
	"io"
	"sort"
)

var (
	errTextTooLarge   = errors.New("the text is too large")
	errObjectTooLarge = errors.New("the object is too large")
)

// source is what a bundleReader reads from: it enforces the limits of size
// while bytes come in, so that no more than one object is ever buffered, and
// knows where lines begin around the current object.
type source struct {
	r     io.Reader
	total int64 // bytes allowed in all
	read  int64 // bytes handed out so far

	from  int64 // where the current object begins
	limit int64 // bytes allowed for it, 0 for no limit

	dropped  int     // line ends before those in newlines
	newlines []int64 // offsets of line ends, from the last one before the current object

	keep bool // hold everything: it may turn out to be a single object
	text []byte
}

// slack is for the white space before an object, which counts as its own here.
const slack = 64 << 10

// Read hands out more text. The decoder asks only when the current value does
// not end in what it has: so more than limit bytes from the value's beginning
// mean that the value is too large.
func (s *source) Read(p []byte) (int, error) {
	if s.limit > 0 && s.read-s.from > s.limit+slack {
		return 0, errObjectTooLarge
	}
	left := s.total - s.read
	if left <= 0 {
		return 0, s.atEnd()
	}
	if int64(len(p)) > left {
		p = p[:left]
	}
	n, err := s.r.Read(p)
	for at := 0; ; {
		i := bytes.IndexByte(p[at:n], '\n')
		if i < 0 {
			break
		}
		at += i + 1
		s.newlines = append(s.newlines, s.read+int64(at-1))
	}
	if s.keep {
		s.text = append(s.text, p[:n]...)
	}
	s.read += int64(n)
	return n, err
}

// atEnd tells a text that just fits from one that goes on.
func (s *source) atEnd() error {
	var one [1]byte
	for {
		n, err := s.r.Read(one[:])
		if n > 0 {
			return errTextTooLarge
		}
		if err != nil {
			return err
		}
	}
}

// atMost allows a number of bytes for what begins at an offset, and forgets
// the line ends before it.
func (s *source) atMost(from int64, limit int) {
	s.from, s.limit = from, int64(limit)
	if n := s.ends(from) - 1; n > 0 {
		s.dropped += n
		s.newlines = append(s.newlines[:0], s.newlines[n:]...)
	}
}

// ends is how many of the kept line ends lie before an offset.
func (s *source) ends(offset int64) int {
	return sort.Search(len(s.newlines), func(i int) bool { return s.newlines[i] >= offset })
}

// position is the line and the column of an offset that is not before the
// current object.
func (s *source) position(offset int64) (line, column int) {
	n := s.ends(offset)
	before := int64(-1)
	if n > 0 {
		before = s.newlines[n-1]
	}
	return s.dropped + n + 1, int(offset - before)
}

// forget stops holding everything.
func (s *source) forget() { s.keep, s.text = false, nil }

// kept is the held text between two offsets.
func (s *source) kept(start, end int64) []byte { return s.text[start:end] }

// blanks counts the white space from an offset, in the held text.
func (s *source) blanks(offset int64) int64 {
	rest := s.text[offset:]
	return int64(len(rest) - len(bytes.TrimLeft(rest, " \t\r\n")))
}
