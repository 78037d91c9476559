package jetstream

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// validity is how long what [MakeNodes] signs is good for: a node whose
// certificate has run out is a node that is lost.
const validity = 10 * 365 * 24 * time.Hour

// authorityName is the file of the authority in a directory of [MakeNodes],
// and of its key.
const authorityName = "authority"

// MakeNodes writes, into a directory that it makes, what the nodes at these
// addresses need: an authority, and for each node a certificate, its key and
// the file that [ReadConfig] reads; it gives the names of those files. The
// authority's key is needed for more nodes only, and whoever has it can join.
func MakeNodes(dir string, addresses []string) (files []string, err error) {
	if err := verifyNodes(addresses); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, authorityName+".pem")); !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(fmt.Errorf("%s has an authority already", dir), err)
	}
	signs, err := makeAuthority(dir)
	if err != nil {
		return nil, err
	}
	for i, address := range addresses {
		name := fmt.Sprintf("node-%d", i+1)
		host, _, _ := net.SplitHostPort(address)
		if err := signs.issue(dir, name, host); err != nil {
			return nil, err
		}
		hub, err := besideNode(address)
		if err != nil {
			return nil, err
		}
		var text bytes.Buffer
		err = toml.NewEncoder(&text).Encode(clusterFile{
			Nodes: addresses, Listen: address, Hub: hub, Dir: name,
			Certificate: name + ".pem", Key: name + ".key", Authority: authorityName + ".pem",
		})
		file := filepath.Join(dir, name+".toml")
		if err = errors.Join(err, atomicfile.Write(file, text.Bytes(), 0o600)); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// authority signs the nodes' certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func makeAuthority(dir string) (authority, error) {
	template := newTemplate("tocsin nodes")
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	key, err := sign(dir, authorityName, template, authority{})
	return authority{template, key}, err
}

// issue writes a certificate for the host, a name or an address, and its key.
func (a authority) issue(dir, name, host string) error {
	template := newTemplate(name)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	_, err := sign(dir, name, template, a)
	return err
}

func newTemplate(name string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(validity), // an hour, for clocks that differ
	}
}

// sign makes a key and a certificate for it, signed by the authority or, if
// that has no key, by itself, and writes both.
func sign(dir, name string, template *x509.Certificate, by authority) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if by.key == nil {
		by = authority{template, key}
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, by.certificate, &key.PublicKey, by.key)
	if err != nil {
		return nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	return key, errors.Join(
		atomicfile.Write(filepath.Join(dir, name+".key"), block("PRIVATE KEY", secret), 0o600),
		atomicfile.Write(filepath.Join(dir, name+".pem"), block("CERTIFICATE", certificate), 0o644),
	)
}
