package rpz_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
)

// TestLabels: an engine without keys follows over TLS, under the label of its
// partner's key, from where the partner said.
func TestLabels(t *testing.T) {
	s := openWith(t, rpz.Config{Addr: "127.0.0.1:0", TLSAddr: "127.0.0.1:0"}, rpz.Target{Addr: netip.MustParseAddrPort("127.0.0.7:9"), Key: key.Name, Plain: true})
	publish(t, s, block("evil.example"))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.CA())
	label := feed.TransferLabel(key.Secret)
	asks := func(network, from, to, name string, qtype uint16) string {
		t.Helper()
		var local net.Addr = &net.TCPAddr{IP: net.ParseIP(from)}
		if network == "udp" {
			local = &net.UDPAddr{IP: net.ParseIP(from)}
		}
		c := &dns.Client{
			Net: network, Timeout: 5 * time.Second, Dialer: &net.Dialer{LocalAddr: local},
			TLSConfig: &tls.Config{RootCAs: pool, ServerName: rpz.TLSName, NextProtos: []string{"dot"}},
		}
		r, _, err := c.Exchange(question(name, qtype), to)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(dns.RcodeToString[r.Rcode], " ", len(r.Answer))
	}
	secure, plain := s.TLSAddr().String(), s.Addr().String()
	for _, tt := range []struct{ network, from, to, name, want string }{
		{"tcp-tls", "127.0.0.7", secure, label + "." + zone, "NOERROR 5"},
		{"tcp-tls", "127.0.0.7", secure, label + "." + hotZone, "NOERROR 3"},
		{"tcp-tls", "127.0.0.8", secure, label + "." + zone, "REFUSED 0"},
		{"tcp-tls", "127.0.0.7", secure, strings.Repeat("0", 32) + "." + zone, "REFUSED 0"},
		{"tcp-tls", "127.0.0.7", secure, zone, "REFUSED 0"},
		{"tcp", "127.0.0.7", plain, label + "." + zone, "REFUSED 0"},
	} {
		if got := asks(tt.network, tt.from, tt.to, tt.name, dns.TypeAXFR); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
	if got := asks("udp", "127.0.0.7", secure, label+"."+zone, dns.TypeSOA); got != "NOERROR 1" {
		t.Errorf("SOA over UDP beside TLS: %s", got)
	}
	if got := asks("udp", "127.0.0.8", secure, label+"."+zone, dns.TypeSOA); got != "REFUSED 0" {
		t.Errorf("SOA from elsewhere: %s", got)
	}
}
