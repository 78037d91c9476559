package rpz

import (
	"fmt"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// fudge is how far clocks may differ, in seconds (RFC 8945, section 10).
const fudge = 300

// handler is one of the server's doors.
type handler struct {
	*Server
	secure bool // TLS, or UDP beside it
}

// ServeDNS answers one message; the embedded DNS library calls it.
func (s handler) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
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
		if code := distrust(w, tsig); code != dns.RcodeSuccess {
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
	n, keyName := dns.CanonicalName(q.Question[0].Name), ""
	if tsig != nil {
		keyName = dns.CanonicalName(tsig.Hdr.Name)
	}
	a, inZone := s.find(n, keyName, from(w), s.secure)
	if !inZone {
		s.direct(w, q, m, n)
		return
	}
	s.policy(w, q, m, a, n == a.origin, keyName == "" && !a.registered)
}

// from is the address that a message came from.
func from(w dns.ResponseWriter) netip.Addr {
	at, err := netip.ParseAddrPort(w.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// direct answers for a must-resolve name, to anyone.
func (s *Server) direct(w dns.ResponseWriter, q, m *dns.Msg, n string) {
	a, serial, must, ready := s.answerFor(name(strings.TrimSuffix(n, ".")))
	if !must {
		code := dns.RcodeRefused
		if !ready {
			code = dns.RcodeServerFailure
		}
		s.send(w, q, m, code)
		return
	}
	s.counters.answered.Add(1)
	asked := q.Question[0] // the answer keeps the letters' case, which resolvers check
	rr := addressRR(asked.Name, a, s.ttl)
	m.Authoritative = true
	if asked.Qtype == rr.Header().Rrtype || asked.Qtype == dns.TypeANY {
		m.Answer = []dns.RR{rr}
	} else {
		m.Ns = []dns.RR{soa(asked.Name, s.zone, serial, s.ttl, s.timers)}
	}
	s.send(w, q, m, dns.RcodeSuccess)
}

// answerFor is with what a name is answered to anyone, by any view; ready is
// whether there is one.
func (s *Server) answerFor(n name) (a netip.Addr, serial uint32, must, ready bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.views {
		hot, open := v.hot.version(), v.open.Load()
		if hot == nil || open == nil {
			continue
		}
		ready = true
		if a, must = (*open)[n]; must {
			return a, hot.serial, true, true
		}
	}
	return a, 0, false, ready
}

// policy answers for a zone: the SOA to anyone who may ask for the zone, the rest
// to who has the key. Nobody follows a zone by single questions: names in it
// are refused.
func (s *Server) policy(w dns.ResponseWriter, q, m *dns.Msg, a asked, apex, open bool) {
	qtype := q.Question[0].Qtype
	if a.cause != "" || open && !(apex && qtype == dns.TypeSOA) {
		s.counters.refused.Add(1)
		s.send(w, q, m, dns.RcodeRefused)
		return
	}
	v, _ := a.version()
	if v == nil && !overUDP(w) && (qtype == dns.TypeAXFR || qtype == dns.TypeIXFR) {
		v = s.await(a)
	}
	if v == nil {
		s.send(w, q, m, dns.RcodeServerFailure)
		return
	}
	switch {
	case qtype == dns.TypeAXFR || qtype == dns.TypeIXFR:
		s.transfer(w, q, m, v, a, apex)
		return
	case !apex:
		s.counters.refused.Add(1)
		s.send(w, q, m, dns.RcodeRefused)
		return
	}
	m.Authoritative = true
	head := soa(a.origin, a.origin, v.serial, s.ttl, s.timers)
	switch qtype {
	case dns.TypeSOA:
		s.counters.soa.Add(1)
		m.Answer = []dns.RR{head}
	case dns.TypeNS:
		m.Answer = []dns.RR{ns(a.origin, s.ttl)}
	default:
		m.Ns = []dns.RR{head}
	}
	s.send(w, q, m, dns.RcodeSuccess)
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

// write sends a message; a client that is gone is no news.
func (s *Server) write(w dns.ResponseWriter, m *dns.Msg) {
	if err := w.WriteMsg(m); err != nil {
		s.log.Debug("dns answer not delivered", "client", w.RemoteAddr().String(), "err", err)
	}
}

func overUDP(w dns.ResponseWriter) bool { return w.RemoteAddr().Network() == "udp" }
