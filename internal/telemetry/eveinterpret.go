package telemetry

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// event fills e from the record.
func (r *record) event(e *Event, stats *Stats) {
	*e = Event{Line: e.Line, Offset: e.Offset, Observables: e.Observables[:0], Properties: e.Properties[:0]}
	e.Timestamp = r.timestamp
	var dated bool
	if e.Time, dated = parseTime(r.timestamp); !dated {
		stats.Undated++
	}
	e.Kind = kindOf(r.eventType)
	e.Proto = lower(r.proto)
	e.SourcePort, e.TargetPort = r.sourcePort, r.targetPort
	e.FileName = r.fileName
	for i := range r.named {
		r.observe(e, &r.named[i], stats)
	}
	if r.sawHTTP {
		r.observeURL(e, stats)
	}
	switch e.Kind {
	case DNS:
		e.DNSAnswer = isAnswerType(r.dnsType) || r.rcode != ""
		e.NXDomain = r.rcode == "NXDOMAIN"
		if e.DNSAnswer && e.SourcePort == 53 && e.TargetPort != 53 {
			e.Source, e.Target = e.Target, e.Source
			e.SourcePort, e.TargetPort = e.TargetPort, e.SourcePort
		}
	case Flow:
		e.Contact, e.Failed = r.contact(e.Proto)
	}
}

func kindOf(eventType string) Kind {
	switch eventType {
	case "dns":
		return DNS
	case "flow":
		return Flow
	case "fileinfo":
		return File
	case "http":
		return HTTP
	case "tls":
		return TLS
	case "alert":
		return Alert
	}
	return Other
}

// lower spares the allocation for the protocols that nearly all records have.
func lower(proto string) string {
	switch proto {
	case "TCP":
		return "tcp"
	case "UDP":
		return "udp"
	case "ICMP":
		return "icmp"
	}
	return strings.ToLower(proto)
}

func (r *record) observe(e *Event, n *named, stats *Stats) {
	switch {
	case n.field == fAnswersName && n.text == r.question:
		return // the answer repeats the question
	case n.field.takesList() && r.sawAnswers:
		return // dns.grouped repeats dns.answers
	}
	v, a, err := n.value()
	if err != nil {
		stats.Unusable++
		return
	}
	switch n.field {
	case fSourceIP:
		e.Source = a
	case fDestIP:
		e.Target = a
	case fRRName, fQueryName, fQueriesName:
		if e.Name == "" {
			e.Name = v.Text
		}
	}
	e.Observables = append(e.Observables, Seen{v, n.field.path(n.inFiles), n.text})
}

// value reads the text; the address is valid if the text is one.
func (n *named) value() (v observable.Value, a netip.Addr, err error) {
	switch n.class {
	case asAddress:
		if a, err = netip.ParseAddr(n.text); err == nil {
			a = a.Unmap().WithZone("")
			v = observable.Addr(a, n.text)
		}
	case asHost:
		v, err = hostValue(n.text)
	case asMD5:
		v, err = observable.New(observable.MD5, n.text)
	case asSHA1:
		v, err = observable.New(observable.SHA1, n.text)
	case asSHA256:
		v, err = observable.New(observable.SHA256, n.text)
	default:
		v, err = observable.New(observable.Domain, n.text)
	}
	return v, a, err
}

// hostValue reads an HTTP Host: a name or an address, perhaps with a port, and
// an IPv6 address in brackets.
func hostValue(host string) (observable.Value, error) {
	name := host
	if inner, found := strings.CutPrefix(host, "["); found {
		name, _, _ = strings.Cut(inner, "]")
	} else if before, port, found := strings.Cut(host, ":"); found && !strings.Contains(port, ":") {
		name = before
	}
	return observable.Host(name)
}

// observeURL puts the URL together: Suricata keeps host, port and path apart.
// A proxy's client sends the whole URL instead of the path (RFC 9112, section
// 3.2.2); its host is then an observable of its own.
func (r *record) observeURL(e *Event, stats *Stats) {
	raw, whole := r.path, false
	switch {
	case strings.HasPrefix(r.path, "/"):
		if r.host == "" && (e.Kind != HTTP || !e.Target.IsValid()) {
			return // only in HTTP's own records is the target surely the server
		}
		raw = r.keep(func(b []byte) []byte { return r.appendURL(b, e) })
	case strings.Contains(r.path, "://"):
		whole = true
	default:
		return // "*", or a CONNECT's host and port, which is the hostname
	}
	v, err := observable.New(observable.URL, raw)
	if err != nil {
		stats.Unusable++
		return
	}
	e.Observables = append(e.Observables, Seen{v, fURL.path(false), raw})
	if !whole {
		return
	}
	host, ok := v.Host()
	if named, err := hostValue(r.host); ok && (err != nil || named != host) {
		e.Observables = append(e.Observables, Seen{host, fURL.path(false), raw})
	}
}

func (r *record) appendURL(b []byte, e *Event) []byte {
	b = append(b, "http://"...)
	port, written := r.httpPort, r.host
	if written == "" { // HTTP/1.0 without a Host: the server's address
		port = e.TargetPort
		if e.Target.Is6() {
			b = append(e.Target.AppendTo(append(b, '[')), ']')
		} else {
			b = e.Target.AppendTo(b)
		}
	}
	bracketed := strings.HasPrefix(written, "[")
	bare6 := !bracketed && strings.Count(written, ":") > 1
	hasPort := !bare6 && strings.LastIndexByte(written, ':') > strings.LastIndexByte(written, ']')
	if bare6 {
		b = append(append(append(b, '['), written...), ']')
	} else {
		b = append(b, written...)
	}
	if port != 0 && port != 80 && !hasPort {
		b = strconv.AppendUint(append(b, ':'), uint64(port), 10)
	}
	return append(b, r.path...)
}

const flagSYN = 0x02 // RFC 9293, section 3.1

// contact says whether a flow's beginning was seen, and whether it was in
// vain: no packet came back, or for TCP none that accepts (SYN and ACK).
func (r *record) contact(proto string) (contact, failed bool) {
	f := &r.flow
	failed = f.state == "new" || f.packetsToClient == 0 || f.packetsToClient < 0 && f.bytesToClient == 0
	if proto != "tcp" {
		return true, failed
	}
	switch f.tcpState {
	case "syn_sent", "rejected":
		failed = true
	}
	client, known := flags(f.clientFlags)
	if !known {
		client, known = flags(f.flags)
	}
	if server, given := flags(f.serverFlags); given && server&flagSYN == 0 && client&flagSYN != 0 {
		failed = true // answered by a reset alone
	}
	// A connection that was under way when the sensor came up shows no SYN.
	return !known || client&flagSYN != 0, failed
}

// flags reads TCP flags in hexadecimal, as "1b".
func flags(text string) (bits uint64, ok bool) {
	bits, err := strconv.ParseUint(text, 16, 8)
	return bits, err == nil
}

func isAnswerType(s string) bool {
	return strings.EqualFold(s, "answer") || strings.EqualFold(s, "response")
}
