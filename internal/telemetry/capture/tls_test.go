package capture_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/capture"
)

// recorder keeps what is written to a connection.
type recorder struct {
	net.Conn
	mu   sync.Mutex
	sent []byte
}

func (r *recorder) Write(b []byte) (int, error) {
	r.mu.Lock()
	r.sent = append(r.sent, b...)
	r.mu.Unlock()
	return r.Conn.Write(b)
}

// shakeHands is what crypto/tls's client and server say to each other.
func shakeHands(t testing.TB, config *tls.Config) (up, down []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	a, b := net.Pipe()
	ours, theirs := &recorder{Conn: a}, &recorder{Conn: b}
	config.InsecureSkipVerify = true
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		s := tls.Server(theirs, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert}, PrivateKey: key}}, MinVersion: tls.VersionTLS10, NextProtos: config.NextProtos})
		done <- s.HandshakeContext(ctx)
		_, _ = io.Copy(io.Discard, s)
	}()
	c := tls.Client(ours, config)
	if err := c.HandshakeContext(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	_ = a.Close()
	return ours.sent, theirs.sent
}

// The hellos of real handshakes are read however they are cut into segments.
func TestHandshakes(t *testing.T) {
	for name, config := range map[string]*tls.Config{
		"t13d": {ServerName: "www.evil.example", NextProtos: []string{"h2", "http/1.1"}},
		"t12d": {ServerName: "www.evil.example", MaxVersion: tls.VersionTLS12},
		"t13i": {},
	} {
		up, down := shakeHands(t, config)
		var first []string
		for _, size := range []int{0, 1, 3, 100, 1400} {
			f := newFilm(t)
			k := f.connect(client, server)
			k.ask(up, size)
			k.reply(down, size)
			events, r := read(t, f.pcap(0), capture.Options{})
			hellos := of(telemetry.TLS, events)
			if len(hellos) != 2 {
				t.Fatalf("%s in segments of %d: %d hellos, %+v", name, size, len(hellos), r.Stats())
			}
			for _, e := range hellos {
				if e.Source != client.Addr() || e.Target != server.Addr() || e.TargetPort != 443 {
					t.Errorf("%s: %+v", name, e)
				}
			}
			got := append(seen(hellos[0]), seen(hellos[1])...)
			if first == nil {
				first = got
			}
			if !slices.Equal(first, got) {
				t.Errorf("%s in segments of %d: %q, want %q", name, size, got, first)
			}
			if c := r.Counts(); c.Buffered != 0 {
				t.Errorf("%s: %+v", name, c)
			}
		}
		all := strings.Join(first, "\n")
		if strings.Contains(all, "tls.sni domain-name=www.evil.example") != (config.ServerName != "") {
			t.Errorf("%s: the server's name: %s", name, all)
		}
		if !strings.Contains(all, "tls.ja4 tls:ja4="+name) || !strings.Contains(all, "tls.ja3.hash tls:ja3=") || !strings.Contains(all, "tls.ja3s.hash tls:ja3s=") {
			t.Errorf("%s: %s", name, all)
		}
		if config.NextProtos != nil && !strings.Contains(all, "h2_") {
			t.Errorf("%s: the first protocol: %s", name, all)
		}
	}
}

// The fingerprints do not depend on the server's name, nor JA4 on the order.
func TestFingerprintsAreStable(t *testing.T) {
	prints := func(name string) (ja3, ja4 string) {
		up, _ := shakeHands(t, &tls.Config{ServerName: name})
		f := newFilm(t)
		f.connect(client, server).ask(up, 0)
		events, _ := read(t, f.pcap(0), capture.Options{})
		for _, s := range of(telemetry.TLS, events)[0].Observables {
			switch s.Field {
			case "tls.ja3.hash":
				ja3 = s.Text
			case "tls.ja4":
				ja4 = s.Text
			}
		}
		return ja3, ja4
	}
	a3, a4 := prints("a.example")
	b3, b4 := prints("much.longer.name.example")
	if a3 != b3 || a4 != b4 || len(a3) != 32 || len(a4) != 36 {
		t.Errorf("%s %s, %s %s", a3, a4, b3, b4)
	}
}

// A hello that is split over several TLS records is one hello.
func TestRecords(t *testing.T) {
	up, _ := shakeHands(t, &tls.Config{ServerName: "www.evil.example"})
	body := up[5 : 5+int(up[3])<<8+int(up[4])]
	for _, size := range []int{1, 2, 3, 4, 5, 60} {
		var split []byte
		for part := range slices.Chunk(body, size) {
			split = append(split, 22, 3, 1, 0, byte(len(part)))
			split = append(split, part...)
		}
		for _, cut := range []int{0, 1, 7} {
			f := newFilm(t)
			f.connect(client, server).ask(split, cut)
			events, r := read(t, f.pcap(0), capture.Options{})
			if h := of(telemetry.TLS, events); len(h) != 1 || !strings.Contains(strings.Join(seen(h[0]), " "), "www.evil.example") {
				t.Errorf("records of %d in segments of %d: %d hellos, %+v", size, cut, len(h), r.Stats())
			}
		}
	}
}

// Through a proxy: the request for the tunnel, and the hello within it.
func TestTunnel(t *testing.T) {
	up, down := shakeHands(t, &tls.Config{ServerName: "www.evil.example"})
	f := newFilm(t)
	k := f.connect(client, netip.MustParseAddrPort("192.0.2.80:3128"))
	k.ask([]byte("CONNECT www.evil.example:443 HTTP/1.1\r\nHost: www.evil.example:443\r\n\r\n"), 0)
	k.reply([]byte("HTTP/1.1 200 Connection established\r\n\r\n"), 0)
	k.ask(up, 0)
	k.reply(down, 0)
	events, r := read(t, f.pcap(0), capture.Options{})
	if len(of(telemetry.HTTP, events)) != 1 || len(of(telemetry.TLS, events)) != 2 {
		t.Errorf("%d events, %+v", len(events), r.Stats())
	}
}

// A hello whose lengths do not fit is counted, and nothing else is disturbed.
func TestBrokenHello(t *testing.T) {
	up, _ := shakeHands(t, &tls.Config{ServerName: "www.evil.example"})
	broken := slices.Clone(up)
	broken[5+4+2+32] = 255 // the session id's length
	f := newFilm(t)
	f.connect(client, server).ask(broken, 0)
	f.connect(netip.AddrPortFrom(client.Addr(), 50000), server).ask(up, 0)
	events, r := read(t, f.pcap(0), capture.Options{})
	if s := r.Stats(); len(of(telemetry.TLS, events)) != 1 || s.Malformed != 1 || !strings.Contains(s.Samples[0].Reason, "TLS hello") {
		t.Errorf("%d hellos, %+v", len(of(telemetry.TLS, events)), s)
	}
}

func tlsClient(name string) *tls.Config {
	return &tls.Config{ServerName: name}
}
