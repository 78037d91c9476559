package jetstream

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// MutualTLS reads a node's certificate and key, and the certificate of the
// authority that signs all nodes' certificates: PEM files. Whoever connects,
// and whoever is connected to, has to show a certificate of that authority,
// so it should sign for nothing else. TLS 1.3.
func MutualTLS(certificate, key, authority string) (*tls.Config, error) {
	own, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("read the node's certificate: %w", err)
	}
	signs, err := os.ReadFile(authority)
	if err != nil {
		return nil, fmt.Errorf("read the authority of the nodes' certificates: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(signs) {
		return nil, fmt.Errorf("read the authority of the nodes' certificates: %w", errors.New(authority+" holds no certificate"))
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{own},
		RootCAs: pool, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
	}, nil
}
