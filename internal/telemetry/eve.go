package telemetry

import (
	"errors"
	"fmt"
	"io"
)

// Reader reads Suricata's EVE records, one JSON object a line. A line that
// cannot be read is counted, sampled and skipped; it never ends the reading.
//
// Of each object the members that matter are read; the others are checked to
// be JSON. A member that is read and given twice makes the line malformed:
// parsers differ in which of the two they take.
type Reader struct {
	lines  *lines
	scan   scanner
	record record
	event  Event
	stats  Stats
}

// NewEVE returns a reader of the records in r.
func NewEVE(r io.Reader, opts Options) *Reader {
	limit := opts.MaxLine
	if limit <= 0 {
		limit = defaultMaxLine
	}
	return &Reader{lines: newLines(r, limit)}
}

// Next returns the next record, or io.EOF after the last. Another error is the
// input's own; what was read before it has been returned. The event is
// valid until the next call.
func (r *Reader) Next() (*Event, error) {
	for {
		text, tooLong, err := r.lines.read()
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		if err != nil {
			return nil, fmt.Errorf("read records after line %d: %w", r.stats.Lines, err)
		}
		r.stats.Lines++
		switch {
		case tooLong:
			r.stats.TooLong++
			r.stats.sample(r.lines.number, r.lines.offset, fmt.Sprintf("the line is longer than %d bytes", r.lines.max))
			continue
		case isBlank(text):
			continue
		}
		if err := r.parse(text); err != nil {
			r.stats.Malformed++
			r.stats.sample(r.lines.number, r.lines.offset+err.offset, err.reason)
			continue
		}
		if field := r.record.mistyped; field != "" {
			r.stats.Mistyped++
			r.stats.sample(r.lines.number, r.lines.offset, fmt.Sprintf("%q has an unexpected type; the rest of the record was read", field))
		}
		r.stats.Events++
		r.event.Line, r.event.Offset = r.lines.number, r.lines.offset
		r.record.event(&r.event, &r.stats)
		return &r.event, nil
	}
}

// Stats says what has been read so far.
func (r *Reader) Stats() Stats { return r.stats }

// parse reads one line, almost always by the scanner. What the scanner does
// not take, right or wrong, the slow parser judges.
func (r *Reader) parse(text []byte) *lineError {
	r.record.reset()
	if r.scan.object(text, &r.record) {
		return nil
	}
	r.record.reset()
	return parseSlowly(text, &r.record)
}

// lineError says why a line is malformed.
type lineError struct {
	offset int64 // in the line
	reason string
}

func isBlank(text []byte) bool {
	for _, c := range text {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}
