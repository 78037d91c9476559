package bench

import (
	"context"
	"errors"
	"net"

	"github.com/miekg/dns"
)

// startUpstream is the resolver that engines forward to: it answers every
// question for an address at once.
func (r *run) startUpstream() string {
	tcp, udp := bothPorts(r)
	_ = tcp.Close()
	r.serveDNS(&dns.Server{PacketConn: udp, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 1}, A: net.IPv4(198, 51, 100, 1)}}
		}
		_ = w.WriteMsg(m) // a lost answer is asked for again
	})})
	return udp.LocalAddr().String()
}

func (r *run) serveDNS(s *dns.Server) {
	ready := make(chan struct{})
	s.NotifyStartedFunc = func() { close(ready) }
	go func() { _ = s.ActivateAndServe() }() // until it is shut down
	<-ready
	r.Cleanup(func() {
		now, cancel := context.WithCancel(context.Background())
		cancel() // engines keep connections open, and end later
		_ = s.ShutdownContext(now)
	})
}

// bothPorts takes one port for TCP and UDP.
func bothPorts(r *run) (net.Listener, net.PacketConn) {
	r.Helper()
	var errs []error
	for range 20 {
		tcp, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			r.Fatal(err)
		}
		udp, err := net.ListenPacket("udp", tcp.Addr().String())
		if err == nil {
			return tcp, udp
		}
		errs = append(errs, err, tcp.Close())
	}
	r.Fatal(errors.Join(errs...))
	return nil, nil
}
