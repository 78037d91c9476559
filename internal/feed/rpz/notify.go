package rpz

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// A NOTIFY without an acknowledgement is sent again, first soon, then at ever
// longer intervals, for as long as its version is the current one.
const (
	notifyTimeout = time.Second
	notifyFirst   = 250 * time.Millisecond
	notifyMost    = 30 * time.Second
)

// SetNotify replaces whom to tell of changes. A new one is told of the current
// version at once.
func (s *Server) SetNotify(targets []netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keep := make(map[netip.AddrPort]bool)
	for _, t := range targets {
		keep[t] = !s.closed
	}
	for t, stop := range s.targets {
		if !keep[t] {
			stop()
			delete(s.targets, t)
		}
	}
	for t, wanted := range keep {
		if _, running := s.targets[t]; running || !wanted {
			continue
		}
		ctx, stop := context.WithCancel(context.Background())
		s.targets[t] = stop
		s.work.Go(func() { s.keepTelling(ctx, t) })
	}
}

// keepTelling notifies one target of each version until it is acknowledged or
// superseded.
func (s *Server) keepTelling(ctx context.Context, target netip.AddrPort) {
	for ctx.Err() == nil {
		v, changed := s.version()
		if v != nil {
			s.tell(ctx, target, v.serial, changed)
		}
		select {
		case <-ctx.Done():
		case <-changed:
		}
	}
}

func (s *Server) tell(ctx context.Context, target netip.AddrPort, serial uint32, superseded <-chan struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-superseded:
			cancel()
		case <-ctx.Done():
		}
	}()
	for wait := notifyFirst; ; wait = min(2*wait, notifyMost) {
		s.counters.notified.Add(1)
		err := s.notify(ctx, target, serial)
		if err == nil {
			s.counters.acknowledged.Add(1)
			return
		}
		if ctx.Err() != nil {
			return
		}
		if wait == notifyFirst {
			s.log.Warn("notify not acknowledged, trying again", "target", target.String(), "serial", serial, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// notify sends one NOTIFY with the SOA as a hint (RFC 1996, section 3.7) and
// waits for its acknowledgement, which has to be signed, too.
func (s *Server) notify(ctx context.Context, target netip.AddrPort, serial uint32) error {
	udp, err := new(net.Dialer).DialContext(ctx, "udp", target.String())
	if err != nil {
		return err
	}
	conn := &dns.Conn{Conn: udp, TsigSecret: map[string]string{s.key.Name: s.key.Secret}}
	defer func() { _ = conn.Close() }() // all that it carried has been read or given up
	if err := conn.SetDeadline(time.Now().Add(notifyTimeout)); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()

	m := new(dns.Msg).SetNotify(s.zone)
	m.Answer = []dns.RR{soa(s.zone, s.zone, serial, s.ttl)}
	m.SetTsig(s.key.Name, dns.HmacSHA256, fudge, time.Now().Unix())
	if err := conn.WriteMsg(m); err != nil {
		return err
	}
	for {
		r, err := conn.ReadMsg()
		switch {
		case r != nil && r.Id != m.Id: // a late answer to an earlier question
			continue
		case err != nil:
			return err
		case r.Rcode != dns.RcodeSuccess:
			return fmt.Errorf("answered %s", dns.RcodeToString[r.Rcode])
		case !r.Response || r.Opcode != dns.OpcodeNotify || r.IsTsig() == nil:
			return errors.New("the answer is no signed acknowledgement")
		}
		return nil
	}
}
