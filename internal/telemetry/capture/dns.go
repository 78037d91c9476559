package capture

import (
	"encoding/binary"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/dnswire"
)

// isDNSPort: DNS (RFC 1035), mDNS (RFC 6762) and LLMNR (RFC 4795).
func isDNSPort(port uint16) bool { return port == 53 || port == 5353 || port == 5355 }

const dnsHeader = 12

// udp reads a datagram: DNS by its port on either end, so that a reply is read
// as well as its question; and on other ports a message that is to the last
// byte a question, and then the reply to it.
func (r *Reader) udp(s *segment) {
	b := s.payload
	if isDNSPort(s.sourcePort) || isDNSPort(s.targetPort) {
		if len(b) > 0 {
			r.message(s.sent(), "udp", r.at, b)
		}
		return
	}
	if len(b) < dnsHeader {
		return
	}
	id := binary.BigEndian.Uint16(b)
	if isReply := b[2]&0x80 != 0; isReply {
		if r.asked.take(s.sent().turned(), id) {
			r.message(s.sent(), "udp", r.at, b)
		}
		return
	}
	if isQuestion(b) {
		if !r.asked.put(s.sent(), id) {
			r.counts.Forgotten++
		}
		r.message(s.sent(), "udp", r.at, b)
	}
}

// isQuestion says that b is nothing but one plain question, as hardly anything
// else can look: an ordinary query with one question, no records but perhaps
// those that clients add (EDNS, RFC 6891; TSIG), and nothing after it.
func isQuestion(b []byte) bool {
	// Of the flags a client sets RD, AD and CD at most (RFC 4035, section 4.6).
	if len(b) < dnsHeader || b[2]&0xfe != 0 || b[3]&0xcf != 0 {
		return false
	}
	count := func(at int) uint16 { return binary.BigEndian.Uint16(b[at:]) }
	extra := count(10)
	if count(4) != 1 || count(6) != 0 || count(8) != 0 || extra > 2 {
		return false
	}
	rest, ok := skipName(b[dnsHeader:])
	if !ok || len(rest) < 4 || rest[2] != 0 || rest[3] != 1 { // class IN
		return false
	}
	rest = rest[4:]
	for range extra {
		if rest, ok = skipName(rest); !ok || len(rest) < 10 {
			return false
		}
		size := int(binary.BigEndian.Uint16(rest[8:]))
		if rest = rest[10:]; size > len(rest) {
			return false
		}
		rest = rest[size:]
	}
	return len(rest) == 0
}

// skipName steps over a name that is written out, as a question's has to be.
func skipName(b []byte) ([]byte, bool) {
	for len(b) > 0 {
		n := int(b[0])
		b = b[1:]
		if n == 0 {
			return b, true
		}
		if n > 63 || n > len(b) {
			return nil, false
		}
		b = b[n:]
	}
	return nil, false
}

// message makes an event of a DNS message that e's source sent.
func (r *Reader) message(e ends, proto string, at mark, wire []byte) bool {
	m, err := r.dns.Parse(wire)
	if err != nil {
		r.malformed(err.Error())
		return false
	}
	if m.Broken != nil {
		r.stats.Mistyped++
		r.sample(fmt.Sprintf("%s; what stands before it was read", m.Broken))
	}
	r.stats.Unusable += m.Unusable
	if m.Answer && !e.target.IsMulticast() { // to a group one answers unasked
		e = e.turned()
	}
	s := r.queue.push(telemetry.DNS, proto, at, e)
	s.Name, s.DNSAnswer, s.NXDomain = s.text(m.Name), m.Answer, m.NXDomain
	for _, v := range m.Values {
		raw := s.text(v.Raw)
		text := raw
		if v.Text != v.Raw {
			text = s.text(v.Text)
		}
		s.Observables = append(s.Observables, telemetry.Seen{
			Value: observable.Value{Type: v.Type, Text: text}, Field: v.Field, Raw: raw,
			Answer: m.Answer && v.Field == dnswire.FieldAnswerData,
		})
	}
	return true
}

// text keeps a string that would not last as long as the event.
func (s *slot) text(t string) string {
	if t == "" {
		return ""
	}
	return s.keep(func(b []byte) []byte { return append(b, t...) })
}
