package rpz_test

import (
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// secondary hears NOTIFYs, and acknowledges them once told to.
type secondary struct {
	addr    netip.AddrPort
	willing atomic.Bool
	signs   atomic.Bool
	heard   chan uint32 // serials of signed NOTIFYs
}

func openSecondary(t *testing.T) *secondary {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &secondary{addr: conn.LocalAddr().(*net.UDPAddr).AddrPort(), heard: make(chan uint32, 1000)}
	n.willing.Store(true)
	n.signs.Store(true)
	started := make(chan struct{})
	srv := &dns.Server{
		PacketConn: conn, TsigSecret: map[string]string{key.Name: key.Secret}, NotifyStartedFunc: func() { close(started) },
		Handler: dns.HandlerFunc(func(w dns.ResponseWriter, m *dns.Msg) {
			apex, hint := m.Answer[0].(*dns.SOA)
			if m.Opcode != dns.OpcodeNotify || m.Question[0].Name != hotZone && m.Question[0].Name != zone || m.IsTsig() == nil || w.TsigStatus() != nil || !hint {
				t.Errorf("not a signed NOTIFY with a SOA: %v", m)
				return
			}
			if m.Question[0].Name == hotZone {
				n.heard <- apex.Serial
			}
			if !n.willing.Load() {
				return
			}
			r := new(dns.Msg).SetReply(m)
			if n.signs.Load() {
				signed(r, key)
			}
			w.WriteMsg(r)
		}),
	}
	done := make(chan error, 1)
	go func() { done <- srv.ActivateAndServe() }()
	<-started
	t.Cleanup(func() {
		srv.Shutdown()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return n
}

// hears waits for a NOTIFY of the hot zone that is later than serial, and gives its own.
func (n *secondary) hears(t *testing.T, serial uint32) uint32 {
	t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		select {
		case heard := <-n.heard:
			if heard > serial {
				return heard
			}
		case <-timeout:
			t.Fatalf("waited 30 s in vain for a NOTIFY later than serial %d", serial)
		}
	}
}

func TestNotifyOfEachVersion(t *testing.T) {
	one, two := openSecondary(t), openSecondary(t)
	s := open(t, one.addr, two.addr)
	publish(t, s)
	first := one.hears(t, 0)
	two.hears(t, 0)
	s.SetNotify(targets([]netip.AddrPort{two.addr}))
	publish(t, s, block("evil.example"))
	second := two.hears(t, first)
	for len(one.heard) > 0 {
		if <-one.heard == second {
			t.Error("who is no longer on the list was told")
		}
	}
	s.SetNotify(targets([]netip.AddrPort{one.addr, two.addr}))
	one.hears(t, first)
}

// Anyone can send an unsigned packet: neither it nor silence ends the repetition, but
// a signed acknowledgement or the next version does.
func TestNotifyIsRepeatedUntilAcknowledged(t *testing.T) {
	n := openSecondary(t)
	n.signs.Store(false)
	s := open(t, n.addr)
	publish(t, s)
	first := n.hears(t, 0)
	n.hears(t, first-1)
	n.willing.Store(false)
	n.hears(t, first-1)
	if got := s.Stats(); got.Acknowledged != 0 {
		t.Errorf("counted %+v", got)
	}
	publish(t, s, block("evil.example"))
	n.hears(t, first)
	n.willing.Store(true)
	n.signs.Store(true)
	wait(t, "it is acknowledged", func() bool { return s.Stats().Acknowledged >= 2 })
}
