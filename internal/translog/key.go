package translog

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// GenerateKey makes a log's Ed25519 key pair in the encodings of package note:
// skey is secret, vkey is for publishing. The key's name is the log's origin.
func GenerateKey(origin string) (skey, vkey string, err error) {
	if err := checkKeyName(origin); err != nil {
		return "", "", fmt.Errorf("generate key: origin %q: %w: use a name like log.example/tocsin", origin, err)
	}
	if skey, vkey, err = note.GenerateKey(rand.Reader, origin); err != nil {
		return "", "", fmt.Errorf("generate key: %w", err)
	}
	return skey, vkey, nil
}

// VerifierKey is the vkey of a log's skey.
func VerifierKey(skey string) (vkey string, err error) {
	signer, err := note.NewSigner(skey)
	if err != nil {
		return "", fmt.Errorf("read signing key: %w", err)
	}
	// NewSigner has checked the form: PRIVATE+KEY+name+hash+base64, where the
	// decoded bytes are the algorithm and the seed.
	fields := strings.SplitN(skey, "+", 5)
	raw, err := base64.StdEncoding.DecodeString(fields[4])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return "", errors.New("read signing key: it is not an Ed25519 key")
	}
	public := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	return note.NewEd25519VerifierKey(signer.Name(), public)
}

// VerifierKeys are the vkeys of a key file: of every key with which what is
// published may be signed.
func VerifierKeys(path string) ([]string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read signing keys: %w", err)
	}
	r, err := parseKeyring(string(raw))
	if err != nil {
		return nil, fmt.Errorf("read signing keys %s: %w", path, err)
	}
	var vkeys []string
	for _, k := range r.keys {
		vkeys = append(vkeys, k.vkey)
	}
	if r.change != nil && r.change.act == actAdd {
		vkeys = append(vkeys, r.change.key.vkey)
	}
	return vkeys, nil
}
