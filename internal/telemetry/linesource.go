package telemetry

import (
	"errors"
	"fmt"
	"io"
)

// LineSource gives the readers of other formats of lines what EVE's has: lines
// within the limit with their places, and the counts.
type LineSource struct {
	Stats Stats
	lines *lines
}

// NewLineSource returns the lines of r.
func NewLineSource(r io.Reader, opts Options) *LineSource {
	return &LineSource{lines: newLines(r, opts)}
}

// Next returns the next line that is neither blank nor too long, or io.EOF
// after the last. It is valid until the next call.
func (s *LineSource) Next() ([]byte, error) {
	for {
		text, tooLong, err := s.lines.read()
		switch {
		case errors.Is(err, io.EOF):
			return nil, io.EOF
		case err != nil:
			return nil, fmt.Errorf("read records after line %d: %w", s.lines.number, err)
		}
		s.Stats.Lines++
		switch {
		case tooLong:
			s.Stats.TooLong++
			s.Stats.sample(s.lines.number, s.lines.offset, fmt.Sprintf("the line is longer than %d bytes", s.lines.max))
		case !isBlank(text):
			return text, nil
		}
	}
}

// Place notes in the event where its line stands.
func (s *LineSource) Place(e *Event) {
	e.Line, e.Offset, e.End = s.lines.number, s.lines.offset, s.lines.next
}

// Malformed counts the line as one that cannot be read; at is the place in it.
func (s *LineSource) Malformed(at int64, reason string) {
	s.Stats.Malformed++
	s.Stats.sample(s.lines.number, s.lines.offset+at, reason)
}

// Mistyped counts an event in which a field was left out.
func (s *LineSource) Mistyped(field string) {
	s.Stats.Mistyped++
	s.Stats.sample(s.lines.number, s.lines.offset, fmt.Sprintf("%q has an unexpected type; the rest of the record was read", field))
}
