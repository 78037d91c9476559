// Package rpz is the hub's DNS primary: it serves the protections in force as
// a response policy zone (draft-vixie-dnsop-dns-rpz-00) to resolvers that follow
// it by zone transfer (AXFR, RFC 5936; IXFR, RFC 1995; NOTIFY, RFC 1996; TSIG,
// RFC 8945), and answers itself for must-resolve names.
//
// # What is in the zone
//
//   - a blocked domain: "evil.example CNAME ." and "*.evil.example CNAME .";
//     the name and what is beneath it does not exist. A block beneath another
//     one adds nothing and is not written.
//   - a must-resolve name: "kill.example A <answer>" (or AAAA), which as the more
//     specific record wins over a wildcard above it; without an answer
//     "kill.example CNAME rpz-passthru.". Wildcards do not reach around a name
//     that exists (RFC 4592, section 3.3.1): names between the must-resolve name
//     and the blocked one above it are written, too, and names beneath the
//     must-resolve name are free.
//   - a blocked address or prefix: a trigger below rpz-ip; an answer that holds
//     such an address does not exist.
//
// URLs and hashes are not for DNS.
//
// # Who may ask what
//
// The zone is released content. Transfers and every query inside the zone need
// the transfer key; only the SOA is given to anyone, since some resolvers probe
// it without a key and it tells no more than that something changed. The
// address of a must-resolve name is given to anyone, authoritatively, so
// that a resolver without RPZ can forward just that name here. Anything else
// is refused.
package rpz

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// MaxTTL bounds how long a client may remember what a recall has undone.
const MaxTTL = time.Minute

// Key is a transfer key; the algorithm is hmac-sha256.
type Key struct {
	Name   string // a domain name
	Secret string // base64
}

// Config is what New needs; a zero value has the default given.
type Config struct {
	Addr   string           // UDP and TCP; "127.0.0.1:8453"; port 0 takes a free one
	Zone   string           // "tocsin.rpz."
	Key    Key              // required
	Notify []netip.AddrPort // whom to tell of changes; SetNotify changes it
	TTL    time.Duration    // of all records, whole seconds; MaxTTL, which is also the most
	Logger *slog.Logger     // none

	// Clock is what protections expire by: time.Now. TSIG always goes by the
	// machine's own clock, as its peers do.
	Clock func() time.Time
}

// Server is the DNS primary. Its methods may be called from any goroutine.
type Server struct {
	zone string // absolute, lower case
	ttl  uint32 // seconds
	key  Key    // name absolute, lower case
	log  *slog.Logger
	now  func() time.Time

	addr     netip.AddrPort
	udp, tcp *dns.Server
	conns    *connections
	counters counters

	publishing sync.Mutex // held by one Publish at a time; taken before mu

	mu      sync.Mutex // guards what follows
	current *version   // nil before the first Publish
	changed chan struct{}
	targets map[netip.AddrPort]context.CancelFunc
	closed  bool

	work sync.WaitGroup // servers and notifiers
}

// New listens and serves. Until the first Publish the zone is answered with
// SERVFAIL, so that a resolver keeps the copy that it has.
func New(c Config) (*Server, error) {
	s, err := c.server()
	if err != nil {
		return nil, fmt.Errorf("DNS primary: %w", err)
	}
	if c.Addr == "" {
		c.Addr = "127.0.0.1:8453"
	}
	tcp, udp, err := listen(c.Addr)
	if err != nil {
		return nil, fmt.Errorf("DNS primary: listen on %s: %w", c.Addr, err)
	}
	s.addr = tcp.Addr().(*net.TCPAddr).AddrPort()
	s.conns = newConnections(tcp)
	keys := map[string]string{s.key.Name: s.key.Secret}
	s.udp = &dns.Server{PacketConn: udp, Handler: s, TsigSecret: keys, UDPSize: maxUDP}
	s.tcp = &dns.Server{
		Listener: s.conns, Handler: s, TsigSecret: keys,
		ReadTimeout: readTimeout, IdleTimeout: func() time.Duration { return idleTimeout },
	}
	s.start(s.udp)
	s.start(s.tcp)
	s.SetNotify(c.Notify)
	return s, nil
}

func (c Config) server() (*Server, error) {
	if c.Zone == "" {
		c.Zone = "tocsin.rpz."
	}
	if c.TTL == 0 {
		c.TTL = MaxTTL
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	zone, err := observable.New(observable.Domain, c.Zone)
	if err != nil {
		return nil, fmt.Errorf("zone: %w", err)
	}
	if c.TTL < time.Second || c.TTL > MaxTTL {
		return nil, fmt.Errorf("TTL %v: 1s to %v is allowed, since a recall must not wait for longer", c.TTL, MaxTTL)
	}
	key, err := observable.New(observable.Domain, c.Key.Name)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	if secret, err := base64.StdEncoding.DecodeString(c.Key.Secret); err != nil || len(secret) == 0 {
		return nil, errors.New("key: the secret is not base64")
	}
	return &Server{
		zone: dns.Fqdn(zone.Text), ttl: uint32(c.TTL / time.Second), log: c.Logger, now: c.Clock,
		key:     Key{dns.Fqdn(key.Text), c.Key.Secret},
		changed: make(chan struct{}), targets: make(map[netip.AddrPort]context.CancelFunc),
	}, nil
}

// listen takes the same port for TCP and UDP.
func listen(addr string) (net.Listener, net.PacketConn, error) {
	for attempt := 0; ; attempt++ {
		tcp, err := net.Listen("tcp", addr)
		if err != nil {
			return nil, nil, err
		}
		udp, err := net.ListenPacket("udp", tcp.Addr().String())
		if err == nil {
			return tcp, udp, nil
		}
		err = errors.Join(err, tcp.Close())
		// A port that was free for TCP may be taken for UDP; another may not.
		if _, port, _ := net.SplitHostPort(addr); port != "0" || attempt == 10 {
			return nil, nil, err
		}
	}
}

func (s *Server) start(srv *dns.Server) {
	started := make(chan struct{})
	srv.NotifyStartedFunc = func() { close(started) }
	ended := make(chan struct{})
	s.work.Go(func() {
		defer close(ended)
		if err := srv.ActivateAndServe(); err != nil {
			s.log.Error("dns primary stopped serving", "err", err)
		}
	})
	select {
	case <-started:
	case <-ended:
	}
}

// Addr is where the server listens, UDP and TCP.
func (s *Server) Addr() netip.AddrPort { return s.addr }

// Close stops serving and notifying; transfers under way have a moment to end.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.SetNotify(nil)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	// Neither error is one: a server that has stopped by itself has said so, and
	// what still runs after the moment is cut off below.
	_ = s.udp.ShutdownContext(ctx)
	_ = s.tcp.ShutdownContext(ctx)
	s.conns.closeAll()
	s.work.Wait()
	return nil
}
