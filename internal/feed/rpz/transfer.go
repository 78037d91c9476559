package rpz

import (
	"iter"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
)

// batch is about how many bytes of records go into one message of a transfer;
// a message has at most 65,535, and one record far less than the rest.
const batch = 32 << 10

// transfer answers AXFR and IXFR; the caller has checked the key.
func (s *Server) transfer(w dns.ResponseWriter, q, m *dns.Msg, v *version, name string) {
	incremental := q.Question[0].Qtype == dns.TypeIXFR
	switch {
	case name != s.zone:
		s.send(w, q, m, dns.RcodeNotAuth)
		return
	case overUDP(w) && !incremental: // undefined (RFC 5936, section 4.2)
		s.send(w, q, m, dns.RcodeFormatError)
		return
	case !incremental:
		s.stream(w, q, v.whole(s.zone, s.ttl), &s.counters.full)
		return
	}
	held, ok := heldSerial(q)
	if !ok {
		s.send(w, q, m, dns.RcodeFormatError)
		return
	}
	// One SOA alone says "you have it", or over UDP "come over TCP" (RFC 1995,
	// section 2). A client from before a restart may hold a later serial.
	if overUDP(w) || held == v.serial || after(held, v.serial) {
		s.counters.upToDate.Add(1)
		m.Answer = []dns.RR{soa(s.zone, s.zone, v.serial, s.ttl)}
		s.send(w, q, m, dns.RcodeSuccess)
		return
	}
	if changes, ok := v.since(held); ok {
		s.stream(w, q, v.steps(changes, s.zone, s.ttl), &s.counters.incremental)
		return
	}
	s.stream(w, q, v.whole(s.zone, s.ttl), &s.counters.full)
}

// heldSerial is the serial that an IXFR's client has (RFC 1995, section 3).
func heldSerial(q *dns.Msg) (uint32, bool) {
	for _, rr := range q.Ns {
		if apex, ok := rr.(*dns.SOA); ok {
			return apex.Serial, true
		}
	}
	return 0, false
}

// stream writes records as a sequence of signed messages, and counts the
// transfer before the last one, so that who has it all finds it counted.
func (s *Server) stream(w dns.ResponseWriter, q *dns.Msg, records iter.Seq[dns.RR], done *atomic.Uint64) {
	tsig := q.IsTsig()
	var pending []dns.RR
	size := 0
	flush := func() bool {
		m := new(dns.Msg).SetReply(q)
		m.Authoritative = true
		m.Answer = pending
		m.SetTsig(tsig.Hdr.Name, tsig.Algorithm, fudge, time.Now().Unix())
		ok := s.write(w, m)
		w.TsigTimersOnly(true) // RFC 8945, section 5.3.1
		pending, size = nil, 0
		return ok
	}
	for rr := range records {
		pending = append(pending, rr)
		if size += dns.Len(rr); size >= batch && !flush() {
			_ = w.Close() // the stream is broken off: the client must not wait for the rest
			return
		}
	}
	done.Add(1)
	if !flush() {
		_ = w.Close()
	}
}
