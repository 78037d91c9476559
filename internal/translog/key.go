package translog

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// GenerateKey makes a log's Ed25519 key pair in the encodings of package note:
// skey is secret, vkey is for publishing. The key's name is the log's origin.
func GenerateKey(origin string) (skey, vkey string, err error) {
	if skey, vkey, err = note.GenerateKey(rand.Reader, origin); err != nil {
		return "", "", fmt.Errorf("generate key: %w", err)
	}
	if _, err := note.NewVerifier(vkey); err != nil {
		return "", "", fmt.Errorf("generate key: origin %q: use a name like log.example/tocsin, without spaces and '+': %w", origin, err)
	}
	return skey, vkey, nil
}

// VerifierKey is the vkey of a skey.
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

// KeyFile reads the signing key from a file, or makes one for origin and writes
// it there, readable by its owner only, if there is no such file. A key for
// another origin is an error: a log does not change its name.
func KeyFile(path, origin string) (skey string, err error) {
	raw, err := os.ReadFile(path)
	if err == nil {
		skey = strings.TrimSpace(string(raw))
		signer, err := note.NewSigner(skey)
		if err != nil {
			return "", fmt.Errorf("read signing key %s: %w", path, err)
		}
		if signer.Name() != origin {
			return "", fmt.Errorf("read signing key %s: it belongs to the log %q, not to %q", path, signer.Name(), origin)
		}
		return skey, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read signing key: %w", err)
	}
	if skey, _, err = GenerateKey(origin); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("write signing key: %w", err)
	}
	if err := atomicfile.Write(path, []byte(skey+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write signing key: %w", err)
	}
	return skey, nil
}
