package taxii_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/taxii"
)

// certified is a backend that knows its users by their client certificates.
type certified struct{ *memory }

func (c certified) Session(r *http.Request) (taxii.Session, error) {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return nil, taxii.ErrUnauthorized
	}
	switch r.TLS.VerifiedChains[0][0].Subject.CommonName {
	case "partner":
		return c.memory, nil
	case "revoked":
		return nil, taxii.ErrForbidden
	}
	return nil, taxii.ErrUnauthorized
}

// authority issues certificates for a test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t}
	pair := a.issue("authority")
	a.cert, a.key = pair.Leaf, pair.PrivateKey.(*ecdsa.PrivateKey)
	return a
}

// issue makes a client's certificate; the authority's own, at first.
func (a *authority) issue(name string) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
		template.ExtKeyUsage = nil
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func TestMutualTLS(t *testing.T) {
	ours, others := newAuthority(t), newAuthority(t)
	server := httptest.NewUnstartedServer(handler(certified{filled(3)}))
	roots := x509.NewCertPool()
	roots.AddCert(ours.cert)
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: roots}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshakes that are to fail
	server.StartTLS()
	defer server.Close()

	for name, test := range map[string]struct {
		certificates []tls.Certificate
		token        string
		fine         bool
		fails        error // nil: in the handshake
	}{
		"a partner":             {[]tls.Certificate{ours.issue("partner")}, "", true, nil},
		"a partner with HTTP/2": {[]tls.Certificate{ours.issue("partner")}, "", true, nil},
		"no certificate":        {nil, "good", false, taxii.ErrUnauthorized},
		"a stranger":            {[]tls.Certificate{ours.issue("stranger")}, "", false, taxii.ErrUnauthorized},
		"a partner of before":   {[]tls.Certificate{ours.issue("revoked")}, "", false, taxii.ErrForbidden},
		"another authority":     {[]tls.Certificate{others.issue("partner")}, "", false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			transport := server.Client().Transport.(*http.Transport).Clone()
			transport.TLSClientConfig.Certificates = test.certificates
			// What is offered is given however the server names its authorities.
			if len(test.certificates) > 0 {
				transport.TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &test.certificates[0], nil }
			}
			transport.ForceAttemptHTTP2 = name == "a partner with HTTP/2"
			defer transport.CloseIdleConnections()
			c := &taxii.Client{URL: server.URL + "/taxii2/", Token: test.token, HTTP: &http.Client{Transport: transport}, Attempts: 1}
			_, err := c.Discover(context.Background())
			if (err == nil) != test.fine || test.fails != nil && !errors.Is(err, test.fails) {
				t.Errorf("error %v, want %v", err, test.fails)
			}
			if refused := (*taxii.Error)(nil); test.fails == nil && errors.As(err, &refused) {
				t.Errorf("the handshake passes: %v", err)
			}
			if objects, err := c.Object(context.Background(), server.URL+sharedURL, "indicator--00000000-0000-4000-8000-000000000001", taxii.Versions{}); test.fine && (err != nil || len(objects) != 1) {
				t.Errorf("%d objects, %v", len(objects), err)
			}
		})
	}
}

// Basic and Bearer carry the same token; other schemes and an empty password
// carry none.
func TestSchemes(t *testing.T) {
	h := handler(filled(0))
	for header, want := range map[string]int{
		"Bearer good": 200, "bearer good": 200, "Basic dXNlcjpnb29k": 200, "Basic Z29vZA==": 401, "Basic dXNlcjo=": 401, "Basic dXNlcjpiYWQ=": 401,
		"Bearer bad": 401, "Bearer": 401, "Digest good": 401, "good": 401, "": 401,
	} {
		w := request(h, "GET", "/taxii2/", nil, "Authorization", header)
		if w.Code != want {
			t.Errorf("%q is answered %d, want %d", header, w.Code, want)
		}
		if location := w.Header().Get("Location"); location != "" {
			t.Errorf("%q is sent to %s", header, location)
		}
	}
}
