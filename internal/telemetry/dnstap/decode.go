package dnstap

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
	"unsafe"

	golang "github.com/dnstap/golang-dnstap"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/dnswire"
)

// decoder turns frames into events and counts.
type decoder struct {
	event telemetry.Event
	stats telemetry.Stats
	dns   dnswire.Parser
	arena []byte // strings of the event point into it
}

// frame returns the event, or nil for a frame that is counted as unreadable.
func (d *decoder) frame(f frame) *telemetry.Event {
	d.stats.Lines++
	switch {
	case f.broken:
		d.malformed(f, "the stream ends within this frame")
		return nil
	case f.tooLong > 0:
		d.stats.TooLong++
		d.sample(f, fmt.Sprintf("a frame of %d bytes is over the limit", f.tooLong))
		return nil
	}
	m, err := parseTap(f.data)
	if err != nil {
		d.malformed(f, "no dnstap message: "+err.Error())
		return nil
	}
	wire, answer := m.query, isAnswer(m.kind)
	if answer {
		wire = m.response
	}
	parsed, err := d.dns.Parse(wire)
	if err != nil {
		d.malformed(f, fmt.Sprintf("%s: %v", m.kind, err))
		return nil
	}
	if parsed.Broken != nil {
		d.stats.Mistyped++
		d.sample(f, fmt.Sprintf("%s; what stands before it was read", parsed.Broken))
	}
	d.stats.Unusable += parsed.Unusable
	d.stats.Events++
	d.fill(f, &m, parsed, answer)
	return &d.event
}

// isAnswer: dnstap numbers every response one higher than its query, from 1.
func isAnswer(t golang.Message_Type) bool { return t%2 == 0 }

func (d *decoder) fill(f frame, m *tap, parsed *dnswire.Message, answer bool) {
	e := &d.event
	*e = telemetry.Event{
		Line: d.stats.Lines, Offset: f.offset, End: f.end,
		Kind: telemetry.DNS, Proto: protocol(m.protocol),
		Name: parsed.Name, DNSAnswer: answer, NXDomain: parsed.NXDomain,
		SourcePort: uint16(m.queryPort), TargetPort: uint16(m.responsePort),
		Observables: e.Observables[:0], Properties: e.Properties[:0],
	}
	d.arena = d.arena[:0]
	d.time(m, answer)
	e.Source = d.address(m.queryAddress, "src_ip")
	e.Target = d.address(m.responseAddress, "dest_ip")
	for _, v := range parsed.Values {
		e.Observables = append(e.Observables, telemetry.Seen{
			Value: v.Value, Field: v.Field, Raw: v.Raw, Answer: answer && v.Field == dnswire.FieldAnswerData,
		})
	}
}

// time is when the server saw the message: a response's own time if it has one.
func (d *decoder) time(m *tap, answer bool) {
	at := m.queryTime
	if answer && m.responseTime.given {
		at = m.responseTime
	}
	// Beyond the year 9999 RFC 3339 has no form.
	if at.sec == 0 || at.sec > 253402300799 || at.nsec > 999_999_999 {
		d.stats.Undated++
		return
	}
	d.event.Time = time.Unix(int64(at.sec), int64(at.nsec)).UTC()
	d.event.Timestamp = d.keep(func(b []byte) []byte { return d.event.Time.AppendFormat(b, time.RFC3339Nano) })
}

// address notes an end of the conversation. The address that stands for any is
// none: BIND writes it for itself where it has not asked the system which of
// its own it sends from.
func (d *decoder) address(wire []byte, field string) netip.Addr {
	a, ok := netip.AddrFromSlice(wire)
	if !ok || a.IsUnspecified() {
		return netip.Addr{}
	}
	a = a.Unmap()
	text := d.keep(a.AppendTo)
	d.event.Observables = append(d.event.Observables, telemetry.Seen{Value: observable.Addr(a, text), Field: field, Raw: text})
	return a
}

// dnsCryptTCP is younger than the library.
const dnsCryptTCP golang.SocketProtocol = 6

// protocol is the transport beneath what carried the message.
func protocol(p golang.SocketProtocol) string {
	switch p {
	case golang.SocketProtocol_TCP, golang.SocketProtocol_DOT, golang.SocketProtocol_DOH, dnsCryptTCP:
		return "tcp"
	}
	return "udp"
}

// keep appends text by the function and returns it as a string that is valid
// until the next frame.
func (d *decoder) keep(add func([]byte) []byte) string {
	start := len(d.arena)
	d.arena = add(d.arena)
	b := d.arena[start:]
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // it changes with the next frame, as the event's strings may
}

func (d *decoder) malformed(f frame, reason string) {
	d.stats.Malformed++
	d.sample(f, reason)
}

func (d *decoder) sample(f frame, reason string) {
	if len(d.stats.Samples) < maxSamples {
		d.stats.Samples = append(d.stats.Samples, telemetry.Sample{Line: d.stats.Lines, Offset: f.offset, Reason: reason})
	}
}

func (d *decoder) snapshot() telemetry.Stats {
	s := d.stats
	s.Samples = slices.Clone(s.Samples)
	return s
}
