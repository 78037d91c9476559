package bench

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"net"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed"
)

// The transfer key of the floor's primary.
const (
	floorKey    = "floor.tocsin"
	floorSecret = "bm90aGluZyBidXQgYSBiZW5jaG1hcms="
	hotZone     = "tocsin-hot.rpz."
)

// floor is a primary that does no more than it has to: two zones of blocked
// names, each written from a list, and changes of one name at a time to the
// first. What an engine needs with it is the engine's own.
type floor struct {
	r     *run
	plain netip.AddrPort
	tls   netip.AddrPort
	ca    string

	mu      sync.Mutex
	hot     []string
	cold    []string
	changes []floorChange // the serial of the hot zone is one more than their number
}

type floorChange struct {
	name string
	gone bool
}

// startFloor serves what is hot and what is cold.
func startFloor(r *run, hot, cold []string) *floor {
	f := &floor{r: r, hot: hot, cold: cold}
	// A certificate for example.com that a test server comes with.
	server := httptest.NewTLSServer(nil)
	server.Close()
	f.ca = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	f.plain = f.serve(nil)
	f.tls = f.serve(&tls.Config{Certificates: server.TLS.Certificates, MinVersion: tls.VersionTLS12, NextProtos: []string{"dot"}})
	return f
}

func (f *floor) serve(secure *tls.Config) netip.AddrPort {
	tcp, udp := bothPorts(f.r)
	at := tcp.Addr().(*net.TCPAddr).AddrPort()
	if secure != nil {
		tcp = tls.NewListener(tcp, secure)
	}
	secrets := map[string]string{dns.Fqdn(floorKey): floorSecret}
	for _, s := range []*dns.Server{{Listener: tcp, Handler: f, TsigSecret: secrets}, {PacketConn: udp, Handler: f, TsigSecret: secrets}} {
		f.r.serveDNS(s)
	}
	return at
}

// connect is the configuration that an engine follows the floor's primary with.
func (f *floor) connect() feed.ConnectConfig {
	return feed.ConnectConfig{
		Hub: f.plain, Key: floorKey, Secret: floorSecret, TLS: f.tls, TLSName: "example.com", CA: f.ca, Standalone: true,
	}
}

// origin is the hot zone's name to an engine.
func (f *floor) origin(engine string) string {
	if engine == "unbound" {
		return feed.TransferLabel(floorSecret) + "." + hotZone
	}
	return hotZone
}

// ServeDNS answers for the SOA and gives transfers.
func (f *floor) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	origin := q.Question[0].Name
	m := new(dns.Msg).SetReply(q)
	m.Authoritative = true
	signed := q.IsTsig()
	if signed != nil {
		m.SetTsig(signed.Hdr.Name, dns.HmacSHA256, 300, time.Now().Unix())
	}
	f.mu.Lock()
	changes, names, serial := f.changes, f.cold, uint32(1)
	if strings.HasSuffix(origin, hotZone) {
		names, serial = f.hot, uint32(len(changes)+1)
	}
	f.mu.Unlock()
	apex := floorSOA(origin, serial)
	switch q.Question[0].Qtype {
	case dns.TypeSOA:
		m.Answer = []dns.RR{apex}
		_ = w.WriteMsg(m) // who asked asks again
	case dns.TypeIXFR:
		held := q.Ns[0].(*dns.SOA).Serial
		records := []dns.RR{apex}
		for at := held; at < serial && at > 0; at++ {
			c := changes[at-1]
			removed, added := blocks(origin, c.name), []dns.RR(nil)
			if !c.gone {
				removed, added = nil, removed
			}
			records = append(append(records, floorSOA(origin, at)), removed...)
			records = append(append(records, floorSOA(origin, at+1)), added...)
		}
		if held < serial {
			records = append(records, apex)
		}
		f.transfer(w, q, func(yield func([]dns.RR)) { yield(records) })
	case dns.TypeAXFR:
		f.transfer(w, q, func(yield func([]dns.RR)) {
			yield([]dns.RR{apex, &dns.NS{Hdr: floorHeader(origin, dns.TypeNS), Ns: "localhost."}})
			for len(names) > 0 {
				n := min(len(names), 250)
				var part []dns.RR
				for _, name := range names[:n] {
					part = append(part, blocks(origin, name)...)
				}
				names = names[n:]
				yield(part)
			}
			yield([]dns.RR{apex})
		})
	}
}

func (f *floor) transfer(w dns.ResponseWriter, q *dns.Msg, parts func(func([]dns.RR))) {
	messages := make(chan *dns.Envelope, 16)
	go func() {
		defer close(messages)
		parts(func(rrs []dns.RR) { messages <- &dns.Envelope{RR: rrs} })
	}()
	err := new(dns.Transfer).Out(w, q, messages)
	for range messages { // an engine that has left asks again
	}
	if err != nil {
		_ = w.Close()
	}
}

func floorHeader(name string, t uint16) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: t, Class: dns.ClassINET, Ttl: 60}
}

func floorSOA(origin string, serial uint32) dns.RR {
	return &dns.SOA{Hdr: floorHeader(origin, dns.TypeSOA), Ns: "ns." + origin, Mbox: "hostmaster." + origin, Serial: serial, Refresh: 60, Retry: 10, Expire: 86400, Minttl: 60}
}

// blocks is what the hub says of a blocked domain, too.
func blocks(origin, name string) []dns.RR {
	owner := name + "." + origin
	return []dns.RR{
		&dns.CNAME{Hdr: floorHeader(owner, dns.TypeCNAME), Target: "."},
		&dns.CNAME{Hdr: floorHeader("*."+owner, dns.TypeCNAME), Target: "."},
	}
}

// change makes a change of one name, and gives how to tell an engine of it.
func (f *floor) change(name string, gone bool) (notify func(*resolver)) {
	f.mu.Lock()
	f.changes = append(f.changes, floorChange{name, gone})
	serial := uint32(len(f.changes) + 1)
	f.mu.Unlock()
	return func(e *resolver) {
		origin := f.origin(e.engine)
		m := new(dns.Msg).SetNotify(origin)
		m.Answer = []dns.RR{floorSOA(origin, serial)}
		c := &dns.Client{Timeout: 200 * time.Millisecond, TsigSecret: map[string]string{dns.Fqdn(floorKey): floorSecret}}
		if e.engine != "unbound" {
			m.SetTsig(dns.Fqdn(floorKey), dns.HmacSHA256, 300, time.Now().Unix())
		}
		for began := time.Now(); time.Since(began) < patience; {
			if _, _, err := c.ExchangeContext(context.Background(), m, e.at.String()); err == nil {
				return
			}
		}
		f.r.Errorf("%s does not acknowledge a NOTIFY", e.engine)
	}
}
