package translog

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// Types of verifier keys (C2SP signed-note, "Signature types"): the first byte
// of the key material, and part of what the key's hash is over.
const (
	typeLog     = 1 // Ed25519
	typeWitness = 4 // Ed25519 cosignature/v1
)

// maxKeyName is the longest name of a key, in bytes: that of a log is the
// origin, for which C2SP tlog-cosignature has one byte of length.
const maxKeyName = 255

// verifierKey is a verifier key taken apart: name+hash+base64(type || key).
type verifierKey struct {
	name     string
	hash     uint32
	material []byte // the type, and the 32 bytes of the public key
}

func newVerifierKey(name string, kind byte, public ed25519.PublicKey) verifierKey {
	material := append([]byte{kind}, public...)
	sum := sha256.Sum256(append([]byte(name+"\n"), material...))
	return verifierKey{name: name, hash: binary.BigEndian.Uint32(sum[:]), material: material}
}

// String is the key in the one way that it is written.
func (k verifierKey) String() string {
	return fmt.Sprintf("%s+%08x+%s", k.name, k.hash, base64.StdEncoding.EncodeToString(k.material))
}

func (k verifierKey) public() ed25519.PublicKey { return ed25519.PublicKey(k.material[1:]) }

// parseVerifierKey reads what String writes and nothing else.
func parseVerifierKey(vkey string, kind byte) (verifierKey, error) {
	fields := strings.SplitN(vkey, "+", 3) // base64 may have a plus
	if len(fields) != 3 {
		return verifierKey{}, fmt.Errorf("read verifier key %q: it has to be name+hash+key", vkey)
	}
	if err := checkKeyName(fields[0]); err != nil {
		return verifierKey{}, fmt.Errorf("read verifier key %q: %w", vkey, err)
	}
	material, err := base64.StdEncoding.DecodeString(fields[2])
	if err != nil || len(material) != 1+ed25519.PublicKeySize {
		return verifierKey{}, fmt.Errorf("read verifier key %q: the part after the last plus is not one byte and an Ed25519 key in base64", vkey)
	}
	if material[0] != kind {
		return verifierKey{}, fmt.Errorf("read verifier key %q: its type is %d; a log's is %d, a witness's %d", vkey, material[0], typeLog, typeWitness)
	}
	k := newVerifierKey(fields[0], kind, material[1:])
	if k.String() != vkey {
		return verifierKey{}, fmt.Errorf("read verifier key %q: its hash is not that of the key, or it is not written plainly: it would be %s", vkey, k)
	}
	return k, nil
}

// checkKeyName holds a key's name against C2SP signed-note and the limit here.
func checkKeyName(name string) error {
	switch {
	case name == "" || len(name) > maxKeyName:
		return fmt.Errorf("the name has %d bytes, 1 to %d are allowed", len(name), maxKeyName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '+' }):
		return errors.New("the name must have no spaces and no plus")
	}
	return nil
}

// NewLogVerifier is for the signatures of a log's key (type 1). Unlike
// note.NewVerifier it takes a key only as it is written plainly.
func NewLogVerifier(vkey string) (note.Verifier, error) {
	k, err := parseVerifierKey(vkey, typeLog)
	if err != nil {
		return nil, err
	}
	return logVerifier{k}, nil
}

type logVerifier struct{ key verifierKey }

func (v logVerifier) Name() string    { return v.key.name }
func (v logVerifier) KeyHash() uint32 { return v.key.hash }
func (v logVerifier) Verify(text, signature []byte) bool {
	return ed25519.Verify(v.key.public(), text, signature)
}
