package rpz

import (
	"iter"
	"slices"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
)

// firstPatience is with a zone that is being made for who asks for it first: less than
// engines have with a transfer, the least of them Unbound with ten seconds.
const firstPatience = 5 * time.Second

// await waits for the first version of a zone. Who is told that there is none comes
// back after a while of its own: PowerDNS ten seconds later.
func (s *Server) await(a asked) *version {
	if a.key == "" {
		return nil
	}
	s.counters.waiting.Add(1)
	defer s.counters.waiting.Add(-1)
	patience := time.NewTimer(firstPatience)
	defer patience.Stop()
	for {
		s.mu.Lock()
		poke := s.poke
		s.mu.Unlock()
		a.view = s.follows(a.key)
		v, changed := a.version()
		if v != nil {
			return v
		}
		select {
		case <-patience.C:
			return nil
		case <-s.ending:
			return nil
		case <-changed:
		case <-poke:
		}
	}
}

// transfer answers AXFR and IXFR of a zone; the caller has checked who asks.
func (s *Server) transfer(w dns.ResponseWriter, q, m *dns.Msg, v *version, a asked, apex bool) {
	origin, incremental := a.origin, q.Question[0].Qtype == dns.TypeIXFR
	switch {
	case !apex:
		s.send(w, q, m, dns.RcodeNotAuth)
		return
	case overUDP(w) && !incremental: // undefined (RFC 5936, section 4.2)
		s.send(w, q, m, dns.RcodeFormatError)
		return
	case !incremental:
		s.stream(w, q, origin, v, nil, &s.counters.full)
		return
	}
	held, ok := heldSerial(q)
	if !ok {
		s.send(w, q, m, dns.RcodeFormatError)
		return
	}
	// One SOA alone says "you have it", or over UDP "come over TCP" (RFC 1995,
	// section 2).
	if overUDP(w) || held == v.serial || after(held, v.serial) {
		s.counters.upToDate.Add(1)
		m.Authoritative = true
		m.Answer = []dns.RR{soa(origin, origin, v.serial, s.ttl, s.timers)}
		s.send(w, q, m, dns.RcodeSuccess)
		return
	}
	if changes, ok := v.since(held); ok && s.incremental(a.key, held) {
		s.stream(w, q, origin, v, changes, &s.counters.incremental)
		return
	}
	s.stream(w, q, origin, v, nil, &s.counters.full)
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

// stream writes a zone between two copies of its SOA (RFC 5936, section 2.2), or
// the changes between two copies, each as the old SOA, what goes, the new SOA, what
// comes (RFC 1995, section 4), as a sequence of messages, signed if the question
// was. It counts the transfer before the last one, so that who has it all finds it
// counted.
func (s *Server) stream(w dns.ResponseWriter, q *dns.Msg, origin string, v *version, changes []change, done *atomic.Uint64) {
	out := &messages{packer: newPacker(q, origin, s.ttl, s.timers), to: w}
	if tsig := q.IsTsig(); tsig != nil {
		var err error
		if out.signer, err = s.keys.signer(q, tsig); err != nil {
			s.send(w, q, new(dns.Msg).SetReply(q), dns.RcodeServerFailure)
			return
		}
	}
	out.apex(v.serial)
	ok := true
	if changes == nil {
		out.server()
		ok = out.each(v.rows)
	}
	for _, c := range changes {
		out.apex(c.from)
		ok = ok && out.each(slices.Values(c.removed))
		out.apex(c.to)
		ok = ok && out.each(slices.Values(c.added))
	}
	out.apex(v.serial)
	if ok {
		done.Add(1)
		ok = out.flush() == nil
	}
	if !ok {
		s.log.Debug("dns transfer broken off", "client", w.RemoteAddr().String())
		_ = w.Close() // the client must not wait for the rest
	}
}

// messages sends what is packed.
type messages struct {
	*packer
	signer *signer
	to     dns.ResponseWriter
}

// each packs records and sends every full message; false if one could not be sent.
func (m *messages) each(records iter.Seq[record]) bool {
	for r := range records {
		m.add(r)
		if m.full() && m.flush() != nil {
			return false
		}
	}
	return true
}

func (m *messages) flush() error {
	b := m.message()
	if m.signer != nil {
		b = m.signer.sign(b)
	}
	_, err := m.to.Write(b)
	m.next()
	return err
}
