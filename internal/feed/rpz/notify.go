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

// Target is a resolver that is told of changes.
type Target struct {
	Addr netip.AddrPort
	Key  string // the name of its transfer key, with which each NOTIFY is signed
	// Plain says that the resolver knows no keys (Unbound): it follows over TLS,
	// under the label of its key, from Addr's address alone, and is notified
	// unsigned.
	Plain bool
}

// A NOTIFY without an acknowledgement is sent again, first soon, then at ever
// longer intervals, for as long as its version is the current one.
const (
	notifyTimeout = time.Second
	notifyFirst   = 250 * time.Millisecond
	notifyMost    = 30 * time.Second
)

// SetNotify replaces whom to tell of changes. A new one is told of the current
// versions at once.
func (s *Server) SetNotify(targets []Target) {
	labels := make(map[string]labelled)
	for _, t := range targets {
		label, ok := s.label(t.Key)
		if !t.Plain || !ok {
			continue
		}
		if labels[label].addresses == nil {
			labels[label] = labelled{dns.CanonicalName(t.Key), make(map[netip.Addr]bool)}
		}
		labels[label].addresses[t.Addr.Addr().Unmap()] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.labels = labels
	keep := make(map[Target]bool)
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
		for _, hot := range []bool{true, false} {
			s.work.Go(func() { s.keepTelling(ctx, t, hot) })
		}
	}
	s.wakeNotifiers()
}

// wakeNotifiers has them look where their keys lead. The caller holds mu.
func (s *Server) wakeNotifiers() {
	close(s.poke)
	s.poke = make(chan struct{})
}

// keepTelling notifies one target of each version of one zone until it is
// acknowledged or superseded.
func (s *Server) keepTelling(ctx context.Context, target Target, hot bool) {
	var told *version
	for ctx.Err() == nil {
		s.mu.Lock()
		poke := s.poke
		s.mu.Unlock()
		v, changed := asked{view: s.follows(target.Key), hot: hot}.version()
		if v != nil && v != told {
			s.tell(ctx, target, hot, v.serial, changed)
			told = v
		}
		select {
		case <-ctx.Done():
		case <-changed:
		case <-poke:
		}
	}
}

func (s *Server) tell(ctx context.Context, target Target, hot bool, serial uint32, superseded <-chan struct{}) {
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
		err := s.notify(ctx, target, hot, serial)
		if err == nil {
			s.counters.acknowledged.Add(1)
			return
		}
		if ctx.Err() != nil {
			return
		}
		if wait == notifyFirst {
			s.log.Warn("notify not acknowledged, trying again", "target", target.Addr.String(), "serial", serial, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// notify sends one NOTIFY with the SOA as a hint (RFC 1996, section 3.7) and
// waits for its acknowledgement, which has to be signed as well.
func (s *Server) notify(ctx context.Context, target Target, hot bool, serial uint32) error {
	origin := s.zone
	if hot {
		origin = s.hotZone
	}
	if target.Plain {
		label, ok := s.label(target.Key)
		if !ok {
			return errors.New("its key is not valid")
		}
		origin = label + "." + origin
	}
	udp, err := new(net.Dialer).DialContext(ctx, "udp", target.Addr.String())
	if err != nil {
		return err
	}
	conn := &dns.Conn{Conn: udp, TsigProvider: s.keys}
	defer func() { _ = conn.Close() }() // all that it carried has been read or given up
	if err := conn.SetDeadline(time.Now().Add(notifyTimeout)); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()

	m := new(dns.Msg).SetNotify(origin)
	m.Answer = []dns.RR{soa(origin, origin, serial, s.ttl, s.timers)}
	if !target.Plain {
		m.SetTsig(dns.CanonicalName(target.Key), dns.HmacSHA256, fudge, time.Now().Unix())
	}
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
		case !r.Response || r.Opcode != dns.OpcodeNotify || r.IsTsig() == nil && !target.Plain:
			return errors.New("the answer is no signed acknowledgement")
		}
		return nil
	}
}
