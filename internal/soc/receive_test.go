package soc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/soc"
)

// alias is a string over the bytes, as readers make it.
func alias(b []byte) string { return unsafe.String(&b[0], len(b)) }

// streamed gives the first n records that come over a stream, with their
// framing taken off.
func streamed(t *testing.T, conn net.Conn, octets bool, n int) []string {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	var records []string
	var got []byte
	room := make([]byte, 4096)
	for len(records) < n {
		k, err := conn.Read(room)
		if err != nil {
			t.Fatalf("after %d records: %v", len(records), err)
		}
		got = append(got, room[:k]...)
		for {
			record, rest, ok := strings.Cut(string(got), "\n")
			if octets {
				record, rest, ok, err = cutOctets(string(got))
			}
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			records, got = append(records, record), []byte(rest)
		}
	}
	return records[:n]
}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// long is an alert that fills every part with what has to be escaped.
func long() soc.Alert {
	a := hit()
	a.Value = observable.Value{Type: observable.FileName, Text: strings.Repeat(`"`, 5000)}
	a.Field, a.Log = strings.Repeat(`\`, 5000), strings.Repeat("]", 5000)
	a.Indicator = soc.Indicator{ID: strings.Repeat("=", 5000), Name: strings.Repeat(`\`, 5000), Reason: strings.Repeat("\n", 5000)}
	return a
}

func TestStreams(t *testing.T) {
	cert, pool := certificate(t)
	for _, spec := range []string{"syslog:tcp://", "syslog+cef:tcp://", "json:tcp://", "cef:tcp://", "syslog:tls://", "json:unix:"} {
		t.Run(spec, func(t *testing.T) {
			format, way, _ := strings.Cut(spec, ":")
			network, address := "tcp", "127.0.0.1:0"
			if way == "unix:" {
				network, address = "unix", filepath.Join(t.TempDir(), "soc")
			}
			l, err := net.Listen(network, address)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if way == "tls://" {
				l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}})
			}
			s, err := soc.Open(spec+l.Addr().String(), soc.Options{Window: -1, TLS: &tls.Config{RootCAs: pool}})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			send(t, s, hit())
			for life := range 2 {
				conn, err := l.Accept()
				if err != nil {
					t.Fatal(err)
				}
				if life == 0 {
					send(t, s, long())
				}
				for i, record := range streamed(t, conn, strings.HasPrefix(format, "syslog"), 2-life) {
					a := hit()
					if i == 1 {
						a = long()
						if strings.HasPrefix(format, "syslog") && len(record) > 8192 {
							t.Errorf("%d bytes in a record", len(record))
						}
					}
					judge(t, format, record, a)
				}
				// The receiver hangs up, and what is sent after that arrives
				// over a new connection.
				conn.Close()
				for st := s.Stats(); life == 0 && st.Records < 2; st = s.Stats() {
					time.Sleep(time.Millisecond)
				}
				if life == 0 {
					go func() {
						for s.Stats().Records < 4 && s.Send(hit()) == nil { // until it has noticed
							time.Sleep(20 * time.Millisecond)
						}
					}()
				}
			}
		})
	}
}

func TestDatagrams(t *testing.T) {
	for _, spec := range []string{"syslog:udp://", "cef:udp://", "syslog:unix:", "cef:unix:", "json:unix:"} {
		t.Run(spec, func(t *testing.T) {
			network, address := "udp", "127.0.0.1:0"
			if strings.HasSuffix(spec, "unix:") {
				network, address = "unixgram", filepath.Join(t.TempDir(), "log")
			}
			l, err := net.ListenPacket(network, address)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			s, err := soc.Open(spec+l.LocalAddr().String(), soc.Options{Window: -1})
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range []soc.Alert{hit(), long()} {
				send(t, s, a)
				room := make([]byte, 1<<16)
				l.SetReadDeadline(time.Now().Add(30 * time.Second))
				n, _, err := l.ReadFrom(room)
				if err != nil {
					t.Fatal(err)
				}
				if network == "udp" && n > 2048 {
					t.Errorf("%d bytes in a datagram", n)
				}
				format, _, _ := strings.Cut(spec, ":")
				judge(t, format, string(room[:n]), a)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
