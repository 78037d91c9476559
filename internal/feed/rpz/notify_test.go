package rpz_test

import (
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed/rpz"
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
			if m.Opcode != dns.OpcodeNotify || m.Question[0].Name != zone || m.IsTsig() == nil || w.TsigStatus() != nil || !hint {
				t.Errorf("not a signed NOTIFY with a SOA: %v", m)
				return
			}
			n.heard <- apex.Serial
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

// hears waits for a NOTIFY of a serial; on a slow machine those before it may
// have been repeated.
func (n *secondary) hears(t *testing.T, serial uint32) {
	t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		select {
		case heard := <-n.heard:
			if heard == serial {
				return
			}
		case <-timeout:
			t.Fatalf("waited 30 s in vain for a NOTIFY of serial %d", serial)
		}
	}
}

func acknowledged(s *rpz.Server, n uint64) func() bool {
	return func() bool { return s.Stats().Acknowledged >= n }
}

func TestNotifyOfEachVersion(t *testing.T) {
	one, two := openSecondary(t), openSecondary(t)
	s := open(t, one.addr, two.addr)
	publish(t, s, 7)
	wait(t, "both have acknowledged", acknowledged(s, 2))
	one.hears(t, 7)
	two.hears(t, 7)

	s.SetNotify([]netip.AddrPort{two.addr})
	publish(t, s, 8)
	two.hears(t, 8)
	wait(t, "the one left has acknowledged", acknowledged(s, 3))
	for len(one.heard) > 0 {
		if <-one.heard == 8 {
			t.Error("who is no longer on the list was told")
		}
	}

	s.SetNotify([]netip.AddrPort{one.addr, two.addr})
	one.hears(t, 8)
	wait(t, "the new one has acknowledged", acknowledged(s, 4))
}

func TestNotifyIsRepeatedUntilAcknowledged(t *testing.T) {
	n := openSecondary(t)
	n.willing.Store(false)
	s := open(t, n.addr)
	publish(t, s, 1)
	n.hears(t, 1)
	n.hears(t, 1)
	n.willing.Store(true)
	wait(t, "it is acknowledged", acknowledged(s, 1))
}

func TestNotifyIsSuperseded(t *testing.T) {
	n := openSecondary(t)
	n.willing.Store(false)
	s := open(t, n.addr)
	publish(t, s, 1)
	n.hears(t, 1)
	publish(t, s, 2) // while the first waits for its acknowledgement
	n.hears(t, 2)
	n.willing.Store(true)
	wait(t, "it is acknowledged", acknowledged(s, 1))
}

// Anyone can send an unsigned packet: it must not end the repetition.
func TestUnsignedAcknowledgementsDoNotCount(t *testing.T) {
	n := openSecondary(t)
	n.signs.Store(false)
	s := open(t, n.addr)
	publish(t, s, 1)
	n.hears(t, 1)
	n.hears(t, 1)
	if got := s.Stats(); got.Acknowledged != 0 {
		t.Errorf("counted %+v", got)
	}
	n.signs.Store(true)
	wait(t, "it is acknowledged", acknowledged(s, 1))
}
