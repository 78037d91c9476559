package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// answerPatience is how long this machine's own hub is waited for.
const answerPatience = 5 * time.Second

// addresses looks at where the hub listens, or would.
func (e *examination) addresses(ctx context.Context) {
	switch {
	case e.running:
		e.askHub(ctx)
	case !e.foreign:
		for _, p := range []struct{ of, network, addr string }{
			{"listen", "tcp", e.cfg.Listen}, {"dns_listen", "tcp", e.cfg.DNSListen}, {"dns_listen", "udp", e.cfg.DNSListen},
			{"dns_tls_listen", "tcp", e.cfg.DNSTLSListen}, {"sinkhole", "tcp", e.cfg.Sinkhole},
		} {
			e.bind(p.of, p.network, p.addr)
		}
	}
	if !loopback(e.cfg.Listen) {
		if e.cfg.TLSCert == "" {
			e.doubt("listen", "give tls_cert and tls_key, or listen on loopback behind a proxy with TLS", "%s is reached without TLS: tokens go in the clear", e.cfg.Listen)
		}
		if e.cfg.PublicURL == "" {
			e.doubt("public_url", "set public_url to the address that people type", "it is not set: passkeys and providers of identities need it")
		}
	}
	switch at, err := netip.ParseAddrPort(e.cfg.Sinkhole); {
	case err != nil: // a valid configuration has one
	case at.Addr().IsLoopback():
		e.doubt("sinkhole", "give it an address that partners' clients reach on port 80", "must-resolve names are answered with %s, which is loopback: good for trying out only", at.Addr())
	case at.Port() != 80:
		e.doubt("sinkhole", "forward port 80 of that address to it", "it listens on port %d, and clients come to port 80 of %s", at.Port(), at.Addr())
	}
}

// bind takes the address for a moment.
func (e *examination) bind(of, network, addr string) {
	var taken io.Closer
	var err error
	if network == "udp" {
		taken, err = net.ListenPacket(network, addr)
	} else {
		taken, err = net.Listen(network, addr)
	}
	switch {
	case err == nil:
		_ = taken.Close()
		e.sound(of, "%s (%s) is free", addr, network)
	case errors.Is(err, syscall.EADDRINUSE):
		e.wrong(of, "stop the other program (ss -lntup names it), or choose another address", "%s (%s) is taken by another program", addr, network)
	case errors.Is(err, syscall.EACCES):
		e.wrong(of, "give the hub CAP_NET_BIND_SERVICE, as contrib/systemd/tocsin.service does, or choose a port from 1024 on", "%s (%s): this user may not listen below port 1024", addr, network)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		e.wrong(of, "use an address of this machine (ip address lists them)", "%s is no address of this machine", addr)
	default:
		e.wrong(of, "use an address and a port, such as 127.0.0.1:8440", "%v", err)
	}
}

// askHub asks the hub that runs whether it is ready. Its certificate need not be for
// the address that it listens on: this says nothing to it, and believes little of it.
func (e *examination) askHub(ctx context.Context) {
	host, port, err := net.SplitHostPort(e.cfg.Listen)
	if at, bad := netip.ParseAddr(host); host == "" || bad == nil && at.IsUnspecified() {
		host = "localhost"
	}
	scheme := "http://"
	if e.cfg.TLSCert != "" {
		scheme = "https://"
	}
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	request, bad := http.NewRequestWithContext(ctx, http.MethodGet, scheme+net.JoinHostPort(host, port)+"/readyz", nil)
	if errors.Join(err, bad) != nil {
		e.wrong("listen", "use an address and a port, such as 127.0.0.1:8440", "%v", errors.Join(err, bad))
		return
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true} //nolint:gosec // see above
	answer, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		e.wrong("hub", "look whether it was started with this configuration (--listen), and into its log", "it runs, and does not answer at %s: %v", e.cfg.Listen, err)
		return
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 4096))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	switch {
	case answer.StatusCode != http.StatusOK:
		e.wrong("hub", "wait while it rebuilds, or see its log", "it runs, and is %s", lines[0])
	case len(lines) > 1:
		e.doubt("hub", "see the hub's log", "it is ready, but %s", strings.Join(lines[1:], "; "))
	default:
		e.sound("hub", "it runs, and is ready at %s", e.cfg.Listen)
	}
}

func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	at, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && at.IsLoopback()
}
