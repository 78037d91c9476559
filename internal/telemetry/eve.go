package telemetry

import "io"

// Reader reads Suricata's EVE records, one JSON object a line. A line that
// cannot be read is counted, sampled and skipped; it never ends the reading.
//
// Of each object the members that matter are read; the others are checked to
// be JSON. A member that is read and given twice makes the line malformed:
// parsers differ in which of the two they take.
type Reader struct {
	source *LineSource
	scan   scanner
	record record
	event  Event
}

// NewEVE returns a reader of the records in r.
func NewEVE(r io.Reader, opts Options) *Reader {
	return &Reader{source: NewLineSource(r, opts), scan: newScanner()}
}

// Next returns the next record, or io.EOF after the last. Another error is the
// input's own; what was read before it has been returned. The event is
// valid until the next call.
func (r *Reader) Next() (*Event, error) {
	for {
		text, err := r.source.Next()
		if err != nil {
			return nil, err
		}
		if err := parseObject(text, inRoot, &r.scan, &r.record); err != nil {
			r.source.Malformed(err.offset, err.reason)
			continue
		}
		if field := r.record.mistyped; field != none {
			r.source.Mistyped(places[field])
		}
		r.source.Stats.Events++
		r.source.Place(&r.event)
		r.record.event(&r.event, &r.source.Stats)
		return &r.event, nil
	}
}

// Stats says what has been read so far.
func (r *Reader) Stats() Stats { return r.source.Stats }

// parseObject reads one line, almost always by the scanner. What the scanner
// does not take, right or wrong, the slow parser judges.
func parseObject(text []byte, in scope, s *scanner, r *record) *lineError {
	r.reset()
	if s.object(text, in, r) {
		return nil
	}
	r.reset()
	return parseSlowly(text, in, r)
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
