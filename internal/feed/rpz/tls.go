package rpz

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
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

// CertificateFile is the server's own certificate and its key in Config.Dir, PEM. Servers
// that stand in for each other have the same: resolvers trust one.
const CertificateFile = "tls.pem"

// KeepCertificate makes the server's own certificate in a folder that has none. Whoever
// wants another there puts it there before New.
func KeepCertificate(dir string) error {
	path := filepath.Join(dir, CertificateFile)
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	text, err := makeCertificate(time.Now())
	if err != nil {
		return err
	}
	return atomicfile.Write(path, text, 0o600)
}

// ownCertificate reads the server's own certificate, or makes one and keeps it.
func ownCertificate(dir string) (own tls.Certificate, certificate []byte, err error) {
	var text []byte
	if dir == "" {
		text, err = makeCertificate(time.Now())
	} else if err = KeepCertificate(dir); err == nil {
		text, err = os.ReadFile(filepath.Join(dir, CertificateFile))
	}
	if err != nil {
		return own, nil, err
	}
	if own, err = tls.X509KeyPair(text, text); err != nil {
		return own, nil, fmt.Errorf("read %s: %w", filepath.Join(dir, CertificateFile), err)
	}
	return own, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate[0]}), nil
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
