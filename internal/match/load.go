package match

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// Taker is given what Load reads.
type Taker interface {
	// Indicator takes a value that a table can look up.
	Indicator(Indicator)
	// Pattern takes a STIX pattern that is more than a list of such values,
	// whole: nothing of it has been given as an Indicator.
	Pattern(id string, p pattern.Pattern)
}

// Problem is one indicator that could not be taken, or not as it is meant.
type Problem struct {
	Line      int    `json:"line"`      // from 1
	Indicator string `json:"indicator"` // the STIX id, or the text as it is listed
	Reason    string `json:"reason"`    // what is wrong and what was done about it
}

// String is "line 3: text: reason", without a line where it is not known.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.Indicator + ": " + p.Reason
	}
	return fmt.Sprintf("line %d: %s: %s", p.Line, p.Indicator, p.Reason)
}

// Problems are the first of a text, and how many it has.
type Problems struct {
	First []Problem // at most MostProblems
	Count int
}

// MostProblems are remembered of one text. Whoever reads them mends the first.
const MostProblems = 10_000

// Load reads indicators from a STIX bundle or a plain list and gives them to
// take one by one, in the order of the text; path is for messages. Of a list it
// holds one line, of a bundle the latest version of each pattern. Problems do
// not keep the others from being taken; the error is for a text that cannot be
// read to its end: what was taken of it should then be thrown away.
func Load(r io.Reader, path string, take Taker) (Problems, error) {
	l := loader{take: take}
	err := l.load(r)
	if err != nil {
		err = fmt.Errorf("read indicators from %s: %w", path, err)
	}
	return l.problems, err
}

type loader struct {
	take     Taker
	taken    int
	line     int // of the indicator in hand, in a bundle
	problems Problems
}

func (l *loader) load(r io.Reader) error {
	in := bufio.NewReaderSize(r, 64<<10)
	first, err := firstByte(in)
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	case first == '{':
		return l.bundle(in)
	case first == 0x1f: // gzip's first byte (RFC 1952); no text has it
		return errors.New("the file is compressed; unpack it first")
	}
	return l.list(in)
}

func (l *loader) problem(line int, indicator, reason string) {
	if l.problems.Count++; l.problems.Count <= MostProblems {
		l.problems.First = append(l.problems.First, Problem{line, indicator, reason})
	}
}

func (l *loader) indicator(ind Indicator) {
	l.taken++
	l.take.Indicator(ind)
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
