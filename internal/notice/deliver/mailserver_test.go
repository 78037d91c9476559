package deliver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// certificate makes one for loopback that signs itself, and its PEM file.
func certificate(t testing.TB) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.example"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, path
}

// received is a mail that the server has taken.
type received struct {
	from, to, user string
	secure         bool
	text           []byte
}

// mailServer is a real SMTP server. Its answers can be spoilt.
type mailServer struct {
	addr     string
	password string // that AUTH has to give; empty: it offers none

	mu       sync.Mutex
	mails    []received
	sessions int
	refuse   map[string]error // by command: MAIL, RCPT, DATA
	arrived  chan received
}

// startMail starts one; implicit is TLS from the start, and pair nil no TLS at all.
func startMail(t testing.TB, pair *tls.Certificate, implicit bool, password string) *mailServer {
	t.Helper()
	m := &mailServer{password: password, refuse: map[string]error{}, arrived: make(chan received, 10_000)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.addr = l.Addr().String()
	s := smtp.NewServer(m)
	s.Domain, s.AllowInsecureAuth, s.ErrorLog = "mail.example", true, quiet{}
	if pair != nil {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*pair}}
	}
	if implicit {
		l, s.TLSConfig = tls.NewListener(l, s.TLSConfig), nil
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return m
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func (m *mailServer) set(command string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse[command] = err
}

func (m *mailServer) says(command string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.refuse[command]
}

func (m *mailServer) count() (mails, sessions int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.mails), m.sessions
}

func (m *mailServer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions++
	_, secure := c.TLSConnectionState()
	return &mailSession{server: m, secure: secure}, nil
}

type mailSession struct {
	server   *mailServer
	secure   bool
	user     string
	from, to string
}

func (s *mailSession) AuthMechanisms() []string {
	if s.server.password == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != s.server.password {
			return errors.New("wrong password")
		}
		s.user = user
		return nil
	}), nil
}

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return s.server.says("MAIL")
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return s.server.says("RCPT")
}

func (s *mailSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.server.says("DATA"); err != nil {
		return err
	}
	one := received{s.from, s.to, s.user, s.secure, text}
	s.server.mu.Lock()
	s.server.mails = append(s.server.mails, one)
	s.server.mu.Unlock()
	s.server.arrived <- one
	return nil
}

func (s *mailSession) Reset()        { s.from, s.to = "", "" }
func (s *mailSession) Logout() error { return nil }
