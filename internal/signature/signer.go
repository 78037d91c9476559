package signature

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Signer is a secret Ed25519 key. Printed, it shows its public half only.
type Signer struct {
	seed [ed25519.SeedSize]byte
}

const secretPrefix = "tocsin-secret-ed25519:"

// Generate makes a new key.
func Generate() (Signer, error) {
	var s Signer
	if _, err := rand.Read(s.seed[:]); err != nil {
		return Signer{}, fmt.Errorf("generate key: %w", err)
	}
	return s, nil
}

// ReadSigner reads the secret key that Write has written. A file that others
// than its owner may read is refused: it is nobody's own any more.
func ReadSigner(path string) (Signer, error) {
	text, err := readPrivate(path)
	if err != nil {
		return Signer{}, fmt.Errorf("read secret key: %w", err)
	}
	s, err := parseSecret(string(text))
	if err != nil {
		return Signer{}, fmt.Errorf("read secret key %s: %w", path, err)
	}
	return s, nil
}

// readPrivate reads a small file that only its owner may read.
func readPrivate(path string) (text []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others (mode %04o): run chmod 600, or rotate the key if others have had it", path, mode)
	}
	return io.ReadAll(io.LimitReader(f, 1<<10))
}

// parseSecret reads the content of a secret key's file. Its errors do not
// repeat it.
func parseSecret(text string) (Signer, error) {
	word, ok := strings.CutPrefix(strings.TrimSuffix(text, "\n"), secretPrefix)
	raw, err := decode(base64.StdEncoding, word)
	if !ok || err != nil || len(raw) != ed25519.SeedSize {
		return Signer{}, fmt.Errorf("it is not %q and base64 of %d bytes", secretPrefix, ed25519.SeedSize)
	}
	return Signer{seed: [ed25519.SeedSize]byte(raw)}, nil
}

// Write writes the secret key to a new file that only its owner may read, and
// returns once it is on disk. There must be no such file: a key that is written
// over is lost.
func (s Signer) Write(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write secret key: %w", err)
	}
	_, err = io.WriteString(f, secretPrefix+encode(s.seed[:])+"\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write secret key: %w", errors.Join(err, os.Remove(path)))
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("write secret key: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("write secret key: %w", err)
	}
	return nil
}

func (s Signer) private() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(s.seed[:]) }

// Public is the public half.
func (s Signer) Public() Public {
	return Public{bytes: string(s.private().Public().(ed25519.PublicKey))}
}

// Sign signs a message (RFC 8032, section 5.1.6).
func (s Signer) Sign(message []byte) Signature {
	return Signature{Ed25519: ed25519.Sign(s.private(), message)}
}

// String names the key without telling it.
func (s Signer) String() string { return "signer of " + s.Public().String() }

// GoString is String: %#v tells no more.
func (s Signer) GoString() string { return s.String() }
