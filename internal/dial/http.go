package dial

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// The defaults of Options.
const (
	defaultTimeout   = 5 * time.Minute
	connectTimeout   = 10 * time.Second
	headerTimeout    = 30 * time.Second
	maxHeaderBytes   = 64 << 10
	defaultRedirects = 5
)

// Options of an HTTP client; zero values are the defaults.
type Options struct {
	Timeout        time.Duration // of a request with its redirects and its whole answer: 5 minutes
	ConnectTimeout time.Duration // of a connection, and of its TLS handshake: 10 seconds
	HeaderTimeout  time.Duration // from the request sent to the answer's header: 30 seconds
	MaxHeaderBytes int64         // of an answer: 64 KiB
	Redirects      int           // that are followed: 5; negative: none
	TLS            *tls.Config   // as TLSConfig gives it; nil: the system's roots, no certificate
	// Proxy is asked to connect, if given: the environment never names one. It
	// is trusted: it resolves the names itself, so that the policy sees no
	// address but the proxy's own, and the proxy has to hold such a policy.
	Proxy *url.URL
}

func (o Options) withDefaults() Options {
	or := func(field *time.Duration, value time.Duration) {
		if *field == 0 {
			*field = value
		}
	}
	or(&o.Timeout, defaultTimeout)
	or(&o.ConnectTimeout, connectTimeout)
	or(&o.HeaderTimeout, headerTimeout)
	if o.MaxHeaderBytes == 0 {
		o.MaxHeaderBytes = maxHeaderBytes
	}
	if o.Redirects == 0 {
		o.Redirects = defaultRedirects
	}
	return o
}

// HTTPClient is a client that connects where the policy allows, also after a
// redirect. A redirect to another origin (scheme, host or port) takes no
// credential, cookie or body along. It does not limit the bodies of answers:
// that is for whoever reads them.
func HTTPClient(p Policy, o Options) *http.Client {
	o = o.withDefaults()
	dialled := p
	if o.Proxy != nil {
		dialled.AllowHosts = []string{o.Proxy.Hostname()} // nothing else is dialled
	}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return dialled.dial(ctx, o.ConnectTimeout, network, address)
		},
		TLSHandshakeTimeout:    o.ConnectTimeout,
		ResponseHeaderTimeout:  o.HeaderTimeout,
		MaxResponseHeaderBytes: o.MaxHeaderBytes,
		TLSClientConfig:        o.TLS.Clone(),
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    2,
		MaxIdleConns:           32,
		IdleConnTimeout:        90 * time.Second,
	}
	if o.Proxy != nil {
		transport.Proxy = throughProxy(p, o.Proxy)
	}
	r := redirects{most: o.Redirects, certificate: o.TLS != nil && (len(o.TLS.Certificates) > 0 || o.TLS.GetClientCertificate != nil)}
	return &http.Client{Transport: transport, Timeout: o.Timeout, CheckRedirect: r.check}
}

// throughProxy refuses at least the addresses that are written out.
func throughProxy(p Policy, proxy *url.URL) func(*http.Request) (*url.URL, error) {
	return func(r *http.Request) (*url.URL, error) {
		host := r.URL.Hostname()
		if addr, err := netip.ParseAddr(host); err == nil && !p.trusts(host) {
			return proxy, p.Check(addr)
		}
		return proxy, nil
	}
}

// redirects says which redirects are followed.
type redirects struct {
	most        int
	certificate bool // a client certificate is shown to whoever asks
}

// harmless are the headers of a request that may go to another origin: what
// is not named here may be a credential, such as X-Api-Key.
var harmless = map[string]bool{"Accept": true, "Accept-Language": true, "User-Agent": true, "If-None-Match": true, "If-Modified-Since": true}

// check prepares the request that a redirect asks for, or refuses it.
func (r redirects) check(next *http.Request, before []*http.Request) error {
	first, last := before[0], before[len(before)-1]
	switch {
	case len(before) > r.most:
		return fmt.Errorf("more than %d redirects", max(r.most, 0))
	case next.URL.Scheme != "https" && next.URL.Scheme != "http":
		return fmt.Errorf("redirect to a URL of scheme %q: only http and https are followed", next.URL.Scheme)
	case last.URL.Scheme == "https" && next.URL.Scheme == "http":
		return fmt.Errorf("redirect from https to http, to %s: not followed", origin(next.URL))
	case origin(next.URL) == origin(first.URL):
		return nil
	case next.Method != http.MethodGet && next.Method != http.MethodHead:
		return fmt.Errorf("redirect of a %s to another origin, %s: not followed; if that is right, name it in the configuration", next.Method, origin(next.URL))
	case r.certificate:
		return fmt.Errorf("redirect to another origin, %s, which may ask for the client certificate: not followed; "+
			"if that is right, name it in the configuration", origin(next.URL))
	}
	for name := range next.Header {
		if !harmless[name] {
			next.Header.Del(name)
		}
	}
	return nil
}

// origin is what a credential is for, as RFC 6454 has it.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")) + ":" + port
}
