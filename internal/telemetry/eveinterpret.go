package telemetry

import (
	"net/netip"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// event fills e from the record.
func (r *record) event(e *Event, stats *Stats) {
	e.clear()
	e.Timestamp = r.textOf(fTimestamp)
	var dated bool
	if e.Time, dated = parseTime(e.Timestamp); !dated {
		stats.Undated++
	}
	e.Kind = r.kind
	e.Proto = lower(r.textOf(fProto))
	e.SourcePort, e.TargetPort = uint16(r.countOf(fSourcePort, 0)), uint16(r.countOf(fDestPort, 0))
	for i := range r.named {
		r.observe(e, &r.named[i], stats)
	}
	if r.has(fHTTP) {
		r.observeRequest(e, fURL, r.textOf(fURL), r.textOf(fHostname), uint16(r.countOf(fHTTPPort, 0)), stats)
		r.properties(e, httpProperties[:])
	}
	switch e.Kind {
	case DNS:
		rcode := r.textOf(fRCode)
		e.DNSAnswer = rcode != "" || isAnswerType(r.textOf(fDNSType))
		e.NXDomain = rcode == "NXDOMAIN"
		if e.DNSAnswer && e.SourcePort == 53 && e.TargetPort != 53 {
			e.Source, e.Target = e.Target, e.Source
			e.SourcePort, e.TargetPort = e.TargetPort, e.SourcePort
		}
	case Flow:
		e.Contact, e.Failed = r.contact(e.Proto)
	case Other:
		if r.has(fSMB) {
			r.shared(e)
		}
	}
	if r.has(fTLS) {
		r.properties(e, tlsProperties[:])
	}
	if r.has(fFlow) {
		r.properties(e, flowProperties[:])
	}
	if r.has(fAlert) {
		r.properties(e, alertProperties[:])
	}
	if r.has(fEmail) {
		r.properties(e, mailProperties[:])
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
	case "TCP", "tcp":
		return "tcp"
	case "UDP", "udp":
		return "udp"
	case "ICMP", "icmp":
		return "icmp"
	case "":
		return ""
	}
	return strings.ToLower(proto)
}

func (r *record) observe(e *Event, n *named, stats *Stats) {
	switch n.field {
	case fAnswersName:
		if n.text == r.question {
			return // the answer repeats the question
		}
	case fGroupedAddress, fGroupedAddress6, fGroupedName, fGroupedHost, fGroupedPointer, fGroupedMail:
		if r.sawAnswers {
			return // dns.grouped repeats dns.answers
		}
	case fFileName, fFilesName, zFileName, zOrigNames, zRespNames:
		if e.FileName == "" {
			e.FileName = n.text
		}
	}
	var v observable.Value
	var err error
	switch n.class {
	case asAddress:
		a, address, ok := addressValue(n.text)
		if !ok {
			stats.Unusable++
			return
		}
		v = address
		switch n.field {
		case fSourceIP:
			e.Source = a
		case fDestIP:
			e.Target = a
		case zSenders:
			if !e.Source.IsValid() {
				e.Source = a
			}
		case zReceivers:
			if !e.Target.IsValid() {
				e.Target = a
			}
		}
	case asDomain:
		if v, err = domainValue(n.text); err == nil && e.Name == "" && (n.field == fRRName || n.field == fQueryName || n.field == fQueriesName || n.field == zQuery) {
			e.Name = v.Text
		}
	case asSize:
		e.Properties = append(e.Properties, Property{Object: n.object, Path: "file:size", Text: n.text, Number: true})
		return
	default:
		v, err = r.value(e, n)
	}
	if err != nil {
		stats.Unusable++
		return
	}
	o := e.see(v, n.field, n.text)
	o.Object, o.Answer = n.object, n.answer
}

// clear leaves the place in the input, and the memory.
func (e *Event) clear() {
	e.Time, e.Timestamp, e.Kind, e.Proto = time.Time{}, "", Other, ""
	e.Source, e.Target, e.SourcePort, e.TargetPort = netip.Addr{}, netip.Addr{}, 0, 0
	e.Contact, e.Failed, e.DNSAnswer, e.NXDomain = false, false, false, false
	e.Name, e.FileName = "", ""
	if e.FilePath != "" { // as of few records; without it there is none of the others
		e.FilePath, e.FileFrom, e.FileWritten, e.FileGone, e.Actor = "", "", false, false, ""
	}
	e.Observables, e.Properties = e.Observables[:0], e.Properties[:0]
}

// see notes an observable, where there was another event's.
func (e *Event) see(v observable.Value, f field, raw string) *Seen {
	n := len(e.Observables)
	if n < cap(e.Observables) {
		e.Observables = e.Observables[:n+1]
	} else {
		e.Observables = append(e.Observables, Seen{})
	}
	o := &e.Observables[n]
	o.Value, o.Field, o.Raw, o.Object, o.Answer = v, places[f], raw, 0, false
	return o
}

func isAnswerType(s string) bool {
	return strings.EqualFold(s, "answer") || strings.EqualFold(s, "response")
}
