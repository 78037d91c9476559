package endpoint

import (
	"errors"
	"io"

	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// Sysmon reads the events of Microsoft's Sysmon, and of services that are
// installed (System log, event 7045), in the shapes that collectors write:
//
//   - Winlogbeat and what follows ECS: {"winlog":{"event_id":1,"event_data":{...}}}
//   - NXLog and others, flat: {"EventID":1,"Image":...}
//   - the event itself: {"Event":{"System":{"EventID":1},"EventData":{...}}},
//     also with EventData as a list of Data with names
//   - Wazuh: {"data":{"win":{"system":{"eventID":"1"},"eventdata":{"image":...}}}}
//
// An event that is neither gives an event of kind Other without observables.
type Sysmon struct {
	reader
	record sysmonRecord
}

// NewSysmon returns a reader of the records in r.
func NewSysmon(r io.Reader, opts telemetry.Options) *Sysmon {
	return &Sysmon{reader: newReader(r, opts)}
}

// Next returns the next record, or io.EOF after the last. Another error is the
// input's own; what was read before it has been returned. The event is valid
// until the next call.
func (s *Sysmon) Next() (*telemetry.Event, error) {
	for {
		line, err := s.lines.Next()
		if err != nil {
			return nil, err
		}
		if err := s.record.parse(&s.json, line); err != nil {
			s.malformed(err)
			continue
		}
		if s.record.mistyped != "" {
			s.lines.Mistyped(s.record.mistyped)
		}
		s.begin()
		s.record.interpret(&s.made)
		r := &s.record
		return s.finish(r.fields[fUtcTime], r.fields[fSystemTime], r.fields[fTimestamp], r.fields[fEventTime]), nil
	}
}

// sysmonRecord is what is gathered of one record before it is interpreted.
type sysmonRecord struct {
	fields   [fieldCount]string
	mistyped string // the first field that is no text
}

var errNoEvent = errors.New("it has no event id; want events of Sysmon or of the event log as JSON")

func (r *sysmonRecord) parse(w *walker, line []byte) error {
	*r = sysmonRecord{}
	if err := w.begin(line); err != nil {
		return err
	}
	if err := r.object(w, inRoot); err != nil {
		return err
	}
	if r.fields[fEventID] == "" {
		return errNoEvent
	}
	return w.end()
}

// object reads the members of an object that has been opened.
func (r *sysmonRecord) object(w *walker, in scope) error {
	for {
		name, more, err := w.next()
		if err != nil || !more {
			return err
		}
		f, into := member(in, name)
		switch kind := w.dec.PeekKind(); {
		case kind == '{' && into == inNamed:
			err = r.namedValue(w)
		case kind == '{' && into != nowhere:
			if err = w.read(); err == nil {
				err = r.object(w, into)
			}
		case kind == '[' && into == inNamed:
			err = r.named(w)
		case f == none:
			err = w.skip()
		default:
			err = r.take(w, f)
		}
		if err != nil {
			return err
		}
	}
}

// take keeps the first text that a record gives for a field: collectors repeat
// some of them.
func (r *sysmonRecord) take(w *walker, f field) error {
	text, ok, err := w.text()
	if err != nil {
		return err
	}
	if !ok && r.mistyped == "" {
		r.mistyped = fieldNames[f]
	}
	if r.fields[f] == "" {
		r.fields[f] = text
	}
	return nil
}

// named reads EventData's list of {"@Name":"Image","#text":"..."}.
func (r *sysmonRecord) named(w *walker) error {
	if err := w.read(); err != nil {
		return err
	}
	for {
		more, err := w.element()
		if err != nil || !more {
			return err
		}
		if w.dec.PeekKind() != '{' {
			err = w.skip()
		} else {
			err = r.namedValue(w)
		}
		if err != nil {
			return err
		}
	}
}

func (r *sysmonRecord) namedValue(w *walker) error {
	if err := w.read(); err != nil {
		return err
	}
	var name, value string
	for {
		key, more, err := w.next()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		var into *string
		switch string(key) {
		case "@Name", "Name", "name":
			into = &name
		case "#text", "Value", "value", "text", "$":
			into = &value
		default:
			if err := w.skip(); err != nil {
				return err
			}
			continue
		}
		if *into, _, err = w.text(); err != nil {
			return err
		}
	}
	if f := dataFields[name]; f != none && r.fields[f] == "" {
		r.fields[f] = value
	}
	return nil
}
