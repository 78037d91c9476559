package dial_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/dial"
)

// nameServer is a DNS server on loopback that answers each query for a name
// with the next of its answers, and stays at the last.
type nameServer struct {
	addr string
	mu   sync.Mutex
	next map[string][]string // addresses, by name; several of one answer are joined by spaces
}

func startNameServer(t *testing.T, answers map[string][]string) (*nameServer, *net.Resolver) {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ns := &nameServer{addr: pc.LocalAddr().String(), next: answers}
	server := &dns.Server{PacketConn: pc, Handler: ns}
	done := make(chan error, 1)
	started := make(chan struct{})
	server.NotifyStartedFunc = func() { close(started) }
	go func() { done <- server.ActivateAndServe() }()
	<-started
	t.Cleanup(func() {
		if err := errors.Join(server.Shutdown(), <-done); err != nil {
			t.Error(err)
		}
	})
	return ns, &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", ns.addr)
	}}
}

// ServeDNS answers A queries from the list, and AAAA queries with the IPv6
// addresses of the answer that the next A query gets.
func (ns *nameServer) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	ns.mu.Lock()
	defer ns.mu.Unlock()
	question := q.Question[0]
	name := strings.ToLower(strings.TrimSuffix(question.Name, "."))
	r := new(dns.Msg).SetReply(q)
	list := ns.next[name]
	if len(list) == 0 {
		r.Rcode = dns.RcodeNameError
	} else {
		for _, text := range strings.Fields(list[0]) {
			head := dns.RR_Header{Name: question.Name, Rrtype: question.Qtype, Class: dns.ClassINET}
			addr := netip.MustParseAddr(text)
			switch {
			case question.Qtype == dns.TypeA && addr.Is4():
				r.Answer = append(r.Answer, &dns.A{Hdr: head, A: addr.AsSlice()})
			case question.Qtype == dns.TypeAAAA && addr.Is6():
				r.Answer = append(r.Answer, &dns.AAAA{Hdr: head, AAAA: addr.AsSlice()})
			}
		}
		if question.Qtype == dns.TypeA && len(list) > 1 {
			ns.next[name] = list[1:]
		}
	}
	_ = w.WriteMsg(r)
}

// inner is a server that nobody from outside may reach.
func inner(t *testing.T) (port string, reached *atomic.Int64) {
	t.Helper()
	reached = new(atomic.Int64)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			reached.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, reached
}

func TestANameThatRebinds(t *testing.T) {
	port, reached := inner(t)
	_, resolver := startNameServer(t, map[string][]string{"rebinds.example": {"192.0.2.7", "127.0.0.1"}})
	policy := dial.Policy{Resolver: resolver, Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}
	// Who looks the name up first finds an address that is allowed ...
	addrs, err := resolver.LookupNetIP(t.Context(), "ip4", "rebinds.example")
	if err != nil || len(addrs) != 1 || policy.Check(addrs[0]) != nil {
		t.Fatalf("looked up: %v, %v", addrs, err)
	}
	// ... and what is then connected to is another one.
	_, err = policy.DialContext(t.Context(), "tcp4", "rebinds.example:"+port)
	wantRefused(t, err, "127.0.0.1 is loopback", "[dial]")
	resp, err := dial.HTTPClient(policy, dial.Options{}).Get("http://rebinds.example:" + port)
	if err == nil {
		resp.Body.Close()
	}
	wantRefused(t, err, "127.0.0.1 is loopback")
	if n := reached.Load(); n != 0 {
		t.Errorf("the inner server was reached %d times", n)
	}
}

func TestNamesOfInnerAddresses(t *testing.T) {
	port, reached := inner(t)
	_, resolver := startNameServer(t, map[string][]string{
		"loopback.example": {"127.0.0.1"}, "mapped.example": {"::ffff:127.0.0.1"}, "nat64.example": {"64:ff9b::7f00:1"}, "six.example": {"::1"},
		"many.example": {"127.0.0.1 127.0.0.2 ::1"}, "this.example": {"0.0.0.0"}, "metadata.example": {"169.254.169.254"}, "10.0.0.1.example": {"10.0.0.1"},
	})
	client := dial.HTTPClient(dial.Policy{Resolver: resolver}, dial.Options{})
	for _, host := range []string{
		"loopback.example", "LOOPBACK.example.", "mapped.example", "nat64.example", "six.example", "many.example", "this.example",
		"metadata.example", "10.0.0.1.example", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "localhost",
	} {
		resp, err := client.Get("http://" + host + ":" + port)
		if err == nil {
			resp.Body.Close()
		}
		wantRefused(t, err)
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("the inner server was reached %d times", n)
	}
}

func TestAllowedHosts(t *testing.T) {
	port, reached := inner(t)
	_, resolver := startNameServer(t, map[string][]string{
		"misp.example": {"127.0.0.1"}, "not-misp.example": {"127.0.0.1"}, "sub.misp.example": {"127.0.0.1"}, "metadata.example": {"169.254.169.254"},
	})
	policy := dial.Policy{Resolver: resolver, AllowHosts: []string{"misp.example.", "metadata.example"}}
	for _, host := range []string{"misp.example", "MISP.Example."} {
		conn, err := policy.DialContext(t.Context(), "tcp", host+":"+port)
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	for _, host := range []string{"not-misp.example", "sub.misp.example", "127.0.0.1"} {
		_, err := policy.DialContext(t.Context(), "tcp", host+":"+port)
		wantRefused(t, err, "loopback")
	}
	_, err := policy.DialContext(t.Context(), "tcp", "metadata.example:80")
	wantRefused(t, err, "cloud metadata")
	if n := reached.Load(); n != 2 {
		t.Errorf("reached %d times, want 2", n)
	}
}

// The environment's proxy would resolve names where no policy sees it.
func TestTheEnvironmentNamesNoProxy(t *testing.T) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, "http://192.0.2.1:3128")
	}
	transport := dial.HTTPClient(dial.Policy{}, dial.Options{}).Transport.(*http.Transport)
	if transport.Proxy != nil {
		t.Error("a proxy of the environment may be used")
	}
}

func TestAConfiguredProxy(t *testing.T) {
	var asked atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked.Store(r.URL.String()) }))
	defer proxy.Close()
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := dial.HTTPClient(dial.Policy{}, dial.Options{Proxy: at})
	resp, err := client.Get("http://partner.example/feed")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if asked.Load() != "http://partner.example/feed" {
		t.Errorf("the proxy was asked for %v", asked.Load())
	}
	resp, err = client.Get("http://127.0.0.1:8440/")
	if err == nil {
		resp.Body.Close()
	}
	wantRefused(t, err, "loopback")
}

func wantRefused(t *testing.T, err error, parts ...string) {
	t.Helper()
	if !errors.Is(err, dial.ErrRefused) {
		t.Fatalf("error is %v, want one of the policy", err)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Fatalf("error %q does not say %q", err, p)
		}
	}
}
