package telemetry

import (
	"io"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// ListReader reads a plain list as telemetry, to ask which of it are
// indicators: one observable a line, as observable.Infer takes it. What follows
// a '#' at a line's beginning or after white space is a comment. The host of a
// URL and the name of a file's path are observables, too. The events have no
// time.
type ListReader struct {
	source *LineSource
	event  Event
}

// NewList returns a reader of the list in r.
func NewList(r io.Reader, opts Options) *ListReader {
	return &ListReader{source: NewLineSource(r, opts)}
}

// Next returns the next observable, or io.EOF after the last. Another error is
// the input's own. The event is valid until the next call.
func (l *ListReader) Next() (*Event, error) {
	for {
		line, err := l.source.Next()
		if err != nil {
			return nil, err
		}
		text := observable.Uncommented(string(line))
		if text == "" {
			continue
		}
		v, err := observable.Infer(text)
		if err != nil {
			l.source.Malformed(0, err.Error())
			continue
		}
		l.source.Stats.Events++
		e := &l.event
		*e = Event{Observables: append(e.Observables[:0], Seen{Value: v, Field: listField, Raw: text})}
		l.source.Place(e)
		if host, ok := v.Host(); ok {
			e.Observables = append(e.Observables, Seen{Value: host, Field: listField, Raw: text})
		}
		if name, ok := v.FileName(); ok {
			e.Observables = append(e.Observables, Seen{Value: name, Field: listField, Raw: text})
		}
		return e, nil
	}
}

const listField = "value"

// Stats says what has been read so far. Comments count as lines only.
func (l *ListReader) Stats() Stats { return l.source.Stats }
