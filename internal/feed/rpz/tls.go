package rpz

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// TLSName is the name in the server's own certificate.
const TLSName = "dns.tocsin.internal"

// certificateFor is how long the server's own certificate is good: partners pin
// it, and nothing tells them of a new one.
const certificateFor = 20 * 365 * 24 * time.Hour

// TLSAddr is where the server listens for transfers over TLS; not valid if nowhere.
func (s *Server) TLSAddr() netip.AddrPort { return s.tlsAddr }

// CA is what the server's own certificate is verified with, PEM; empty if it was
// given one.
func (s *Server) CA() []byte { return s.ca }

func (s *Server) serveTLS(c Config) (netip.AddrPort, error) {
	certificate := c.Certificate
	if certificate == nil {
		own, text, err := ownCertificate(c.Dir)
		if err != nil {
			return netip.AddrPort{}, err
		}
		certificate, s.ca = &own, text
	}
	return s.serve(c.TLSAddr, &tls.Config{
		Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"dot"}, // RFC 9103, section 7.1
	})
}

// MakeCertificate makes the server's own certificate in its directory if there is none:
// for servers on several machines that partners know by one.
func MakeCertificate(dir string) error {
	_, _, err := ownCertificate(dir)
	return err
}

// ownCertificate reads the server's own certificate, or makes one and keeps it.
func ownCertificate(dir string) (own tls.Certificate, certificate []byte, err error) {
	path := filepath.Join(dir, "tls.pem")
	if dir != "" {
		text, err := os.ReadFile(path)
		if err == nil {
			own, err = tls.X509KeyPair(text, text)
			block, _ := pem.Decode(text)
			return own, pem.EncodeToMemory(block), err
		}
		if !os.IsNotExist(err) {
			return own, nil, err
		}
	}
	text, err := makeCertificate(time.Now())
	if err == nil && dir != "" {
		err = atomicfile.Write(path, text, 0o600)
	}
	if err != nil {
		return own, nil, err
	}
	own, err = tls.X509KeyPair(text, text)
	block, _ := pem.Decode(text)
	return own, pem.EncodeToMemory(block), err
}

// makeCertificate gives a certificate and its key, PEM.
func makeCertificate(now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: TLSName}, DNSNames: []string{TLSName},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(certificateFor),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...), nil
}
