package rpz

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// fudge is how far clocks may differ, in seconds (RFC 8945, section 10).
const fudge = 300

// ServeDNS answers one message; the embedded DNS library calls it.
func (s *Server) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	// What a stranger's packet sets off must not end the hub.
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("dns query panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			s.write(w, new(dns.Msg).SetRcode(q, dns.RcodeServerFailure))
		}
	}()
	m := new(dns.Msg).SetReply(q)
	if opt := q.IsEdns0(); opt != nil {
		m.SetEdns0(maxUDP, false)
		if opt.Version() != 0 {
			s.send(w, q, m, dns.RcodeBadVers)
			return
		}
	}
	tsig := q.IsTsig()
	if tsig != nil {
		if code := s.distrust(w, tsig); code != dns.RcodeSuccess {
			s.counters.refused.Add(1)
			s.sendDistrust(w, q, m, code)
			return
		}
	}
	if q.Opcode != dns.OpcodeQuery {
		s.send(w, q, m, dns.RcodeNotImplemented)
		return
	}
	// A header that promises a question may come without one, and gets this far.
	if len(q.Question) != 1 {
		s.send(w, q, m, dns.RcodeFormatError)
		return
	}
	if q.Question[0].Qclass != dns.ClassINET {
		s.send(w, q, m, dns.RcodeRefused)
		return
	}
	name := dns.CanonicalName(q.Question[0].Name)
	v, _ := s.version()
	switch inZone := dns.IsSubDomain(s.zone, name); {
	case v == nil:
		s.send(w, q, m, dns.RcodeServerFailure)
	case !inZone:
		s.direct(w, q, m, v, name)
	case tsig == nil && !(name == s.zone && q.Question[0].Qtype == dns.TypeSOA):
		s.counters.refused.Add(1)
		s.send(w, q, m, dns.RcodeRefused)
	default:
		s.policy(w, q, m, v, name)
	}
}

// direct answers for a must-resolve name, to anyone.
func (s *Server) direct(w dns.ResponseWriter, q, m *dns.Msg, v *version, name string) {
	a, must := v.answers[name]
	if !must {
		s.send(w, q, m, dns.RcodeRefused)
		return
	}
	s.counters.answered.Add(1)
	asked := q.Question[0] // the answer keeps the letters' case, which resolvers check
	rr := addressRR(asked.Name, a, s.ttl)
	m.Authoritative = true
	if asked.Qtype == rr.Header().Rrtype || asked.Qtype == dns.TypeANY {
		m.Answer = []dns.RR{rr}
	} else {
		m.Ns = []dns.RR{soa(asked.Name, s.zone, v.serial, s.ttl)}
	}
	s.send(w, q, m, dns.RcodeSuccess)
}

// policy answers inside the zone.
func (s *Server) policy(w dns.ResponseWriter, q, m *dns.Msg, v *version, name string) {
	m.Authoritative = true
	asked := q.Question[0]
	apex := soa(s.zone, s.zone, v.serial, s.ttl)
	switch asked.Qtype {
	case dns.TypeAXFR, dns.TypeIXFR:
		s.transfer(w, q, m, v, name)
		return
	}
	if name == s.zone {
		switch asked.Qtype {
		case dns.TypeSOA:
			s.counters.soa.Add(1)
			m.Answer = []dns.RR{apex}
		case dns.TypeNS:
			m.Answer = []dns.RR{ns(s.zone, s.ttl)}
		default:
			m.Ns = []dns.RR{apex}
		}
		s.send(w, q, m, dns.RcodeSuccess)
		return
	}
	r, found, exists := v.lookup(strings.TrimSuffix(name, "."+s.zone))
	code := dns.RcodeSuccess
	if found {
		rr := r.rr(s.zone, s.ttl)
		if t := rr.Header().Rrtype; t == dns.TypeCNAME || t == asked.Qtype || asked.Qtype == dns.TypeANY {
			rr.Header().Name = asked.Name
			m.Answer = []dns.RR{rr}
		}
	} else if !exists {
		code = dns.RcodeNameError
	}
	if len(m.Answer) == 0 {
		m.Ns = []dns.RR{apex}
	}
	s.send(w, q, m, code)
}

// lookup finds the record for a name relative to the zone, by itself or by the
// wildcard at its closest encloser (RFC 4592); exists is whether the name is in
// the zone, if only because another is beneath it.
func (v *version) lookup(name string) (r record, found, exists bool) {
	rest, wild := strings.CutPrefix(name, "*.")
	if r, found, exists := v.at(rest, wild); found || exists {
		return r, found, exists
	}
	for up, ok := parent(name); ok; up, ok = parent(up) {
		if _, _, exists := v.at(up, false); exists {
			r, found, _ := v.at(up, true)
			return r, found, found
		}
	}
	return record{}, false, false
}

// at finds a record by its owner, and whether anything is there or beneath.
func (v *version) at(name string, wild bool) (r record, found, exists bool) {
	i, _ := slices.BinarySearchFunc(v.records, record{name: name, wild: wild}, func(r, want record) int {
		if c := compareNames(r.name, want.name); c != 0 {
			return c
		}
		return compareBools(r.wild, want.wild)
	})
	if i == len(v.records) {
		return record{}, false, false
	}
	r = v.records[i]
	found = r.name == name && r.wild == wild
	return r, found, found || !wild && (r.name == name || strings.HasSuffix(r.name, "."+name))
}

// send writes the answer, signed if the question was, and cut to what the
// client takes over UDP.
func (s *Server) send(w dns.ResponseWriter, q, m *dns.Msg, code int) {
	m.Rcode = code
	if overUDP(w) {
		size := dns.MinMsgSize
		if opt := q.IsEdns0(); opt != nil {
			size = min(max(size, int(opt.UDPSize())), maxUDP)
		}
		m.Truncate(size)
	}
	if tsig := q.IsTsig(); tsig != nil {
		m.SetTsig(tsig.Hdr.Name, tsig.Algorithm, fudge, time.Now().Unix())
	}
	s.write(w, m)
}

// write reports whether the client got the message; a client that is gone is
// no news.
func (s *Server) write(w dns.ResponseWriter, m *dns.Msg) bool {
	err := w.WriteMsg(m)
	if err != nil {
		s.log.Debug("dns answer not delivered", "client", w.RemoteAddr().String(), "err", err)
	}
	return err == nil
}

func overUDP(w dns.ResponseWriter) bool { return w.RemoteAddr().Network() == "udp" }
