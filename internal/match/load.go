package match

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Problem is one indicator that could not be taken, or not as it is meant.
type Problem struct {
	Line      int    `json:"line"`      // from 1
	Indicator string `json:"indicator"` // the STIX id, or the text as it is listed
	Reason    string `json:"reason"`    // what is wrong and what was done about it
}

// String is "line 3: text: reason".
func (p Problem) String() string {
	return fmt.Sprintf("line %d: %s: %s", p.Line, p.Indicator, p.Reason)
}

// LoadFile reads indicators from a STIX bundle or a plain list; path is for
// messages. Problems do not keep the others from being loaded; the error is for
// a text that cannot be read to its end.
func LoadFile(r io.Reader, path string) ([]Indicator, []Problem, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	first, err := firstByte(in)
	if errors.Is(err, io.EOF) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read indicators from %s: %w", path, err)
	}
	var l loader
	switch first {
	case '{':
		err = l.bundle(in)
	case 0x1f: // gzip's first byte (RFC 1952); no text has it
		err = errors.New("the file is compressed; unpack it first")
	default:
		err = l.list(in)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read indicators from %s: %w", path, err)
	}
	return l.indicators, l.problems, nil
}

type loader struct {
	indicators []Indicator
	problems   []Problem
}

func (l *loader) problem(line int, indicator, reason string) {
	l.problems = append(l.problems, Problem{line, indicator, reason})
}

// firstByte is the first that is not white space; it skips a byte order mark
// and leaves the rest to be read.
func firstByte(in *bufio.Reader) (byte, error) {
	if mark, _ := in.Peek(3); bytes.Equal(mark, []byte("\ufeff")) {
		if _, err := in.Discard(3); err != nil {
			return 0, err
		}
	}
	for n := 1; ; n++ {
		ahead, err := in.Peek(n)
		if len(ahead) == n {
			switch c := ahead[n-1]; c {
			case ' ', '\t', '\r', '\n':
				continue
			default:
				return c, nil
			}
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			return '#', nil // blank for as long as one can see: a list
		}
		return 0, err
	}
}
