package dial

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// TLSFiles name PEM files; each may be empty.
type TLSFiles struct {
	CA   string // the roots to trust instead of the system's
	Cert string // the client certificate, with its chain
	Key  string // of Cert
}

// TLSConfig reads the files: at least TLS 1.2, the server's name is checked.
func TLSConfig(files TLSFiles) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if (files.Cert == "") != (files.Key == "") {
		return nil, errors.New("a client certificate needs its key, and a key its certificate: give both files or neither")
	}
	if files.CA != "" {
		pem, err := os.ReadFile(files.CA)
		if err != nil {
			return nil, fmt.Errorf("read roots: %w", err)
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read roots: there is no certificate in %s: it has to hold CERTIFICATE blocks of PEM", files.CA)
		}
	}
	if files.Cert != "" {
		pair, err := tls.LoadX509KeyPair(files.Cert, files.Key)
		if err != nil {
			return nil, fmt.Errorf("read client certificate %s with key %s: %w", files.Cert, files.Key, err)
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}
