package rpz

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// MaxTTL bounds how long a client may remember what a recall has undone.
const MaxTTL = time.Minute

// Config is what New needs; a zero value has the default given.
type Config struct {
	Addr    string        // UDP and TCP; "127.0.0.1:8453"; port 0 takes a free one
	HotZone string        // "tocsin-hot.rpz."
	Zone    string        // the cold zone, "tocsin.rpz."
	TTL     time.Duration // of all records, whole seconds; MaxTTL, which is also the most
	Serial  uint32        // the first, or later if Dir says so; the time, in seconds since 1970
	Timers  Timers        // of the zones' SOAs
	Logger  *slog.Logger  // none

	// Keys gives a transfer key by its name, which is absolute and in lower case:
	// the secret in base64 and the view that it leads to. Required; called from
	// many goroutines.
	Keys func(keyName string) (secret, view string, ok bool)

	// Incremental says whether who follows with a key has had what it holds at a serial
	// from the view that the key leads to, so that it may be sent the changes alone; nil:
	// always, since no two views that publish by themselves have a serial in common.
	Incremental func(keyName string, held uint32) bool

	TLSAddr     string           // transfers over TLS (RFC 9103), and SOA over UDP; "": none
	Certificate *tls.Certificate // a self-signed one for TLSName, kept in Dir
	// Dir keeps the last cold zone of each view, so that a restart costs its
	// followers no full transfer, and the certificate; "": neither is kept.
	Dir string
}

// Server is the DNS primary. Its methods may be called from any goroutine; Publish
// for one view from one at a time.
type Server struct {
	hotZone, zone string // absolute, lower case
	ttl           uint32 // seconds
	timers        Timers
	keys          keyring
	incremental   func(keyName string, held uint32) bool
	log           *slog.Logger
	dir           string
	pace          pace
	serials       *serials

	addr, tlsAddr netip.AddrPort
	ca            []byte
	servers       []*dns.Server
	conns         []*connections
	counters      counters
	ending        chan struct{}

	mu      sync.Mutex // guards what follows
	views   map[string]*served
	led     map[string]string // where a key led last
	labels  map[string]labelled
	poke    chan struct{} // closed when a notifier has to look anew
	targets map[Target]context.CancelFunc
	closed  bool

	work sync.WaitGroup // servers, notifiers, views
}

var errClosed = errors.New("the server is closed")

// New listens and serves. Until its first Publish a view's zones are answered with
// SERVFAIL, so that a resolver keeps the copy that it has.
func New(c Config) (*Server, error) {
	s, err := c.server()
	if err != nil {
		return nil, fmt.Errorf("DNS primary: %w", err)
	}
	if c.Addr == "" {
		c.Addr = "127.0.0.1:8453"
	}
	if s.addr, err = s.serve(c.Addr, nil); err != nil {
		return nil, fmt.Errorf("DNS primary: listen on %s: %w", c.Addr, err)
	}
	if c.TLSAddr == "" {
		return s, nil
	}
	if s.tlsAddr, err = s.serveTLS(c); err != nil {
		return nil, errors.Join(fmt.Errorf("DNS primary: transfers over TLS on %s: %w", c.TLSAddr, err), s.Close())
	}
	return s, nil
}

func (c Config) server() (*Server, error) {
	s := &Server{
		keys: c.Keys, incremental: c.Incremental, timers: c.Timers.orUsual(), log: c.Logger, dir: c.Dir, pace: usualPace, ending: make(chan struct{}),
		views: make(map[string]*served), led: make(map[string]string), labels: make(map[string]labelled),
		poke: make(chan struct{}), targets: make(map[Target]context.CancelFunc),
	}
	if s.incremental == nil {
		s.incremental = func(string, uint32) bool { return true }
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if c.Serial == 0 {
		c.Serial = uint32(time.Now().Unix())
	}
	for _, z := range []struct {
		to          *string
		text, usual string
	}{{&s.hotZone, c.HotZone, "tocsin-hot.rpz."}, {&s.zone, c.Zone, "tocsin.rpz."}} {
		if z.text == "" {
			z.text = z.usual
		}
		v, err := observable.New(observable.Domain, z.text)
		if err != nil {
			return nil, fmt.Errorf("zone: %w", err)
		}
		*z.to = dns.Fqdn(v.Text)
	}
	if c.TTL == 0 {
		c.TTL = MaxTTL
	}
	if c.TTL < time.Second || c.TTL > MaxTTL {
		return nil, fmt.Errorf("TTL %v: 1s to %v is allowed, since a recall must not wait for longer", c.TTL, MaxTTL)
	}
	s.ttl = uint32(c.TTL / time.Second)
	if c.Keys == nil {
		return nil, errors.New("keys: nobody could follow without one")
	}
	path := ""
	if c.Dir != "" {
		if err := os.MkdirAll(c.Dir, 0o700); err != nil {
			return nil, err
		}
		path = filepath.Join(c.Dir, "serial")
	}
	var err error
	s.serials, err = openSerials(path, c.Serial, func(err error) { s.log.Error("the last serial is not kept", "err", err) })
	return s, err
}

// room is the most octets that a name may have to fit into either zone, behind a
// label as well.
func (s *Server) room() int {
	return maxName - labelSize - 1 - max(len(s.hotZone), len(s.zone))
}

// serve listens for UDP and for TCP, or TLS, on the same port.
func (s *Server) serve(addr string, secure *tls.Config) (netip.AddrPort, error) {
	tcp, udp, err := listen(addr)
	if err != nil {
		return netip.AddrPort{}, err
	}
	at := tcp.Addr().(*net.TCPAddr).AddrPort()
	conns := newConnections(tcp)
	var listener net.Listener = conns
	if secure != nil {
		listener = tls.NewListener(conns, secure)
	}
	s.conns = append(s.conns, conns)
	h := handler{s, secure != nil}
	s.start(&dns.Server{PacketConn: udp, Handler: h, TsigProvider: s.keys, UDPSize: maxUDP})
	s.start(&dns.Server{
		Listener: listener, Handler: h, TsigProvider: s.keys,
		ReadTimeout: readTimeout, IdleTimeout: func() time.Duration { return idleTimeout },
	})
	return at, nil
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
	s.servers = append(s.servers, srv)
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

// Close stops serving and notifying; transfers under way have a moment to end, and
// a cold zone that is being made is kept.
func (s *Server) Close() error {
	s.mu.Lock()
	if !s.closed {
		close(s.ending)
	}
	s.closed = true
	s.mu.Unlock()
	s.SetNotify(nil)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, srv := range s.servers {
		// No error is one: a server that has stopped by itself has said so, and
		// what still runs after the moment is cut off below.
		_ = srv.ShutdownContext(ctx)
	}
	for _, c := range s.conns {
		c.closeAll()
	}
	s.work.Wait()
	return nil
}
