package dial_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/dial"
)

// clientCertificate writes a new certificate, signed by itself, and its key.
func clientCertificate(t *testing.T, dir string) (cert *x509.Certificate, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hub.example"}, NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return cert, writePEM(t, dir, "client.crt", "CERTIFICATE", der), writePEM(t, dir, "client.key", "PRIVATE KEY", keyDER)
}

func writePEM(t *testing.T, dir, name, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestClientCertificates(t *testing.T) {
	dir := t.TempDir()
	cert, certFile, keyFile := clientCertificate(t, dir)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	var seen []string
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.TLS.PeerCertificates[0].Subject.CommonName)
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, "https://other.example/", http.StatusFound)
		case "/down":
			http.Redirect(w, r, "http://"+r.Host+"/", http.StatusFound)
		}
	}))
	s.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	s.StartTLS()
	defer s.Close()
	roots := writePEM(t, dir, "roots.pem", "CERTIFICATE", s.Certificate().Raw)
	get := func(path string, files dial.TLSFiles) error {
		t.Helper()
		cfg, err := dial.TLSConfig(files)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := dial.HTTPClient(allow("127.0.0.1/32"), dial.Options{TLS: cfg}).Get(s.URL + path)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	full := dial.TLSFiles{CA: roots, Cert: certFile, Key: keyFile}
	if err := get("/", full); err != nil || len(seen) != 1 || seen[0] != "hub.example" {
		t.Errorf("with a certificate: %v, seen %v", err, seen)
	}
	for _, c := range []struct {
		path  string
		files dial.TLSFiles
		part  string
	}{
		{"/", dial.TLSFiles{CA: roots}, "certificate required"},
		{"/", dial.TLSFiles{Cert: certFile, Key: keyFile}, "unknown authority"},
		{"/away", full, "may ask for the client certificate"},
		{"/down", full, "from https to http"},
	} {
		if err := get(c.path, c.files); err == nil || !strings.Contains(err.Error(), c.part) {
			t.Errorf("%s with %+v: %v, want it to say %q", c.path, c.files, err, c.part)
		}
	}
}

func TestTLSFilesThatDoNotDo(t *testing.T) {
	dir := t.TempDir()
	_, certFile, keyFile := clientCertificate(t, dir)
	for _, c := range []struct {
		files dial.TLSFiles
		part  string
	}{
		{dial.TLSFiles{Cert: certFile}, "give both files or neither"},
		{dial.TLSFiles{Key: keyFile}, "give both files or neither"},
		{dial.TLSFiles{Cert: keyFile, Key: certFile}, keyFile},
		{dial.TLSFiles{CA: filepath.Join(dir, "none")}, "none"},
		{dial.TLSFiles{CA: keyFile}, "there is no certificate in " + keyFile},
	} {
		if cfg, err := dial.TLSConfig(c.files); err == nil || !strings.Contains(err.Error(), c.part) {
			t.Errorf("%+v: %v, %v, want it to say %q", c.files, cfg, err, c.part)
		}
	}
}
