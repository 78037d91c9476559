package capture

import (
	"bytes"
	"net/netip"
	"time"
	"unicode/utf8"
	"unsafe"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// queue holds the events of one packet until they are asked for. Its slots and
// their room are used again.
type queue struct {
	slots []slot
	used  int   // slots that hold an event
	given int   // of which Next has returned
	end   int64 // where to go on after these events
}

// slot is an event and the memory of its strings.
type slot struct {
	telemetry.Event
	arena []byte
}

// pop returns the next event, or nil, and then the queue is empty.
func (q *queue) pop() *telemetry.Event {
	if q.given == q.used {
		q.given, q.used = 0, 0
		return nil
	}
	q.given++
	return &q.slots[q.given-1].Event
}

// ends is a conversation as an event tells it: who began it, and with whom.
type ends struct {
	source, target         netip.Addr
	sourcePort, targetPort uint16
}

// sent are the ends of what the segment's sender began.
func (s *segment) sent() ends { return ends{s.source, s.target, s.sourcePort, s.targetPort} }

// turned is the conversation seen from the other end.
func (e ends) turned() ends { return ends{e.target, e.source, e.targetPort, e.sourcePort} }

// push begins an event that stands at the mark. The slot is valid until the
// next push.
func (q *queue) push(kind telemetry.Kind, proto string, at mark, e ends) *slot {
	if q.used == len(q.slots) {
		q.slots = append(q.slots, slot{})
	}
	s := &q.slots[q.used]
	q.used++
	s.arena = s.arena[:0]
	s.Event = telemetry.Event{
		Line: at.line, Offset: at.offset, End: q.end, Kind: kind, Time: at.time, Proto: proto,
		Source: e.source.Unmap(), Target: e.target.Unmap(), SourcePort: e.sourcePort, TargetPort: e.targetPort,
		Observables: s.Observables[:0], Properties: s.Properties[:0],
	}
	if !at.time.IsZero() {
		s.Timestamp = s.keep(func(b []byte) []byte { return at.time.AppendFormat(b, time.RFC3339Nano) })
	}
	s.address(s.Source, "src_ip")
	s.address(s.Target, "dest_ip")
	return s
}

func (s *slot) address(a netip.Addr, field string) {
	text := s.keep(a.AppendTo)
	s.see(observable.Addr(a, text), field, text)
}

func (s *slot) see(v observable.Value, field, raw string) {
	s.Observables = append(s.Observables, telemetry.Seen{Value: v, Field: field, Raw: raw})
}

func (s *slot) property(path, text string) {
	s.Properties = append(s.Properties, telemetry.Property{Path: path, Text: text})
}

// keep appends text by the function and returns it as a string that is valid
// as long as the event.
func (s *slot) keep(add func([]byte) []byte) string {
	start := len(s.arena)
	s.arena = add(s.arena)
	return view(s.arena[start:])
}

// valid is the text, with U+FFFD for what is no UTF-8.
func (s *slot) valid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return s.copied([]byte(text))
}

// copied keeps the bytes of a packet; those that are no UTF-8 become U+FFFD.
func (s *slot) copied(b []byte) string {
	if !utf8.Valid(b) {
		b = bytes.ToValidUTF8(b, []byte("\ufffd"))
	}
	return s.keep(func(arena []byte) []byte { return append(arena, b...) })
}

// view is b as a string that shares its memory: it changes when b does.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) } //nolint:gosec // events are valid until the next one, as their doc says
