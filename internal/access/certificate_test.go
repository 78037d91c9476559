package access_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// A certificate stands for its token only where its key was shown, and a secret
// never stands for a certificate.
func TestACertificateIsNoSecret(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now, NotAfter: now.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	b := newBook(t)
	p := b.join("Hospital 01")
	_, secret := b.issue(p, access.Viewer)
	token, none, issued, err := b.IssueWith(p, access.Viewer, access.TokenOptions{
		Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
	}, now)
	if err != nil || none != "" || !token.Certificate {
		t.Fatalf("the token is %+v with the secret %q: %v", token, none, err)
	}
	b.append(issued)
	if who, ok := b.AuthenticateCertificate(der); !ok || who.Token != token.ID || who.Partner != p {
		t.Errorf("its holder is %+v, %v", who, ok)
	}
	if who, ok := b.Authenticate(string(der)); ok {
		t.Errorf("who sends the certificate is %+v", who)
	}
	if who, ok := b.AuthenticateCertificate([]byte(secret)); ok {
		t.Errorf("who shows a secret as a certificate is %+v", who)
	}
	// An older hub's entry does not say that it is a certificate's.
	token.ID, token.Certificate = "token--old", false
	old, err := ledger.NewDraft(access.KindTokenIssued, "hub", "", token)
	if err != nil {
		t.Fatal(err)
	}
	b.append(old)
	if who, ok := b.Authenticate(string(der)); ok {
		t.Errorf("who sends a certificate that is not marked as one is %+v", who)
	}
}
