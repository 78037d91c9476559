package feed

import (
	"bufio"
	"io"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Output is what a compiler writes to, and a note of what it cannot say. The
// first error of the writer below stays, and Done gives it.
type Output struct {
	*bufio.Writer
	left []Left
}

// NewOutput writes to w in pieces of 64 KiB.
func NewOutput(w io.Writer) *Output { return &Output{Writer: bufio.NewWriterSize(w, 64<<10)} }

// Line writes the parts and ends the line. Nothing is escaped.
func (o *Output) Line(parts ...string) {
	for _, part := range parts {
		o.WriteString(part)
	}
	o.WriteByte('\n')
}

// Bytes writes what was made in a buffer.
func (o *Output) Bytes(b []byte) { o.Write(b) } //nolint:errcheck // Done gives the first error

// Leave notes a protection that is in force and that the format cannot say.
func (o *Output) Leave(p *protect.Protection, reason string) {
	o.left = append(o.left, Left{p.Value, p.Polarity, reason})
}

// Done ends the writing: a compiler's results.
func (o *Output) Done() ([]Left, error) { return o.left, o.Flush() }

// Above says why a block must not go to an engine that hits the names beneath a
// domain as well and knows no exception: names beneath this one must resolve.
// It is "" for any other.
func (s Set) Above(p *protect.Protection) string {
	if p.Type != observable.Domain {
		return ""
	}
	below := s.Except(p.Text)
	if len(below) == 0 {
		return ""
	}
	return "a list cannot except " + strings.Join(below, ", ") + " beneath it, which must resolve"
}
