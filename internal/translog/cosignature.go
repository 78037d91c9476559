package translog

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// maxTime is the last second of the year 9999: later ones cannot be written as
// dates are written everywhere else.
const maxTime = 253402300799

// timeSize is the length of a cosignature's time, in bytes.
const timeSize = 8

// cosignedText is what a witness signs (C2SP tlog-cosignature, "Ed25519 signed
// message"): the checkpoint's text after two lines of its own.
func cosignedText(seconds int64, text []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", seconds), text...)
}

// NewWitnessVerifier is for the cosignatures of a witness's key (type 4).
func NewWitnessVerifier(vkey string) (note.Verifier, error) {
	k, err := parseVerifierKey(vkey, typeWitness)
	if err != nil {
		return nil, err
	}
	return witnessVerifier{k}, nil
}

type witnessVerifier struct{ key verifierKey }

func (v witnessVerifier) Name() string    { return v.key.name }
func (v witnessVerifier) KeyHash() uint32 { return v.key.hash }
func (v witnessVerifier) Verify(text, signature []byte) bool {
	seconds, ok := cosignedAt(signature)
	return ok && ed25519.Verify(v.key.public(), cosignedText(seconds, text), signature[timeSize:])
}

// cosignedAt is the time in a cosignature, in seconds since 1970.
func cosignedAt(signature []byte) (seconds int64, ok bool) {
	if len(signature) != timeSize+ed25519.SignatureSize {
		return 0, false
	}
	at := binary.BigEndian.Uint64(signature)
	return int64(at), at <= maxTime
}

// Cosigner signs as a witness.
type Cosigner struct {
	key    verifierKey
	secret ed25519.PrivateKey
}

// GenerateWitnessKey makes a witness's key pair in the encodings of package
// note, with the type of cosignatures: skey is secret, vkey is for publishing.
func GenerateWitnessKey(name string) (skey, vkey string, err error) {
	if err := checkKeyName(name); err != nil {
		return "", "", fmt.Errorf("generate key %q: %w: use a name like witness.example/tocsin", name, err)
	}
	public, secret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", "", fmt.Errorf("generate key: %w", err)
	}
	k := newVerifierKey(name, typeWitness, public)
	seed := append([]byte{typeWitness}, secret.Seed()...)
	return fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, k.hash, base64.StdEncoding.EncodeToString(seed)), k.String(), nil
}

// NewCosigner reads the skey that GenerateWitnessKey has made. A log's key is
// refused: a key has one role.
func NewCosigner(skey string) (*Cosigner, error) {
	fields := strings.SplitN(skey, "+", 5)
	if len(fields) != 5 || fields[0] != "PRIVATE" || fields[1] != "KEY" {
		return nil, errors.New("read witness key: it has to be PRIVATE+KEY+name+hash+key")
	}
	seed, err := base64.StdEncoding.DecodeString(fields[4])
	if err != nil || len(seed) != 1+ed25519.SeedSize || seed[0] != typeWitness {
		return nil, fmt.Errorf("read witness key: it is not an Ed25519 key of type %d", typeWitness)
	}
	if err := checkKeyName(fields[2]); err != nil {
		return nil, fmt.Errorf("read witness key: %w", err)
	}
	secret := ed25519.NewKeyFromSeed(seed[1:])
	k := newVerifierKey(fields[2], typeWitness, secret.Public().(ed25519.PublicKey))
	if fields[3] != fmt.Sprintf("%08x", k.hash) {
		return nil, errors.New("read witness key: its hash is not that of the key: it is damaged")
	}
	return &Cosigner{key: k, secret: secret}, nil
}

// VerifierKey is the public half, for whoever is to trust the witness.
func (c *Cosigner) VerifierKey() string { return c.key.String() }

// Verifier is for checking the cosigner's own cosignatures.
func (c *Cosigner) Verifier() note.Verifier { return witnessVerifier{c.key} }

// Cosign is the signature line, with its line feed, that says: at that second
// this was the largest tree of that log that I knew of.
func (c *Cosigner) Cosign(tree Checkpoint, at time.Time) []byte {
	seconds := min(max(at.Unix(), 0), maxTime)
	signature := ed25519.Sign(c.secret, cosignedText(seconds, []byte(tree.String())))
	return signatureLine(c.key, append(binary.BigEndian.AppendUint64(nil, uint64(seconds)), signature...))
}

// signatureMark begins every signature line (C2SP signed-note).
const signatureMark = "— "

func signatureLine(k verifierKey, signature []byte) []byte {
	raw := append(binary.BigEndian.AppendUint32(nil, k.hash), signature...)
	return fmt.Appendf(nil, "%s%s %s\n", signatureMark, k.name, base64.StdEncoding.EncodeToString(raw))
}

// readSignatureLine reads what signatureLine writes and nothing else; line has
// lost its line feed.
func readSignatureLine(line []byte) (name string, hash uint32, signature []byte, err error) {
	rest, ok := bytes.CutPrefix(line, []byte(signatureMark))
	before, encoded, found := bytes.Cut(rest, []byte(" "))
	raw, decodeErr := base64.StdEncoding.DecodeString(string(encoded))
	if !ok || !found || decodeErr != nil || len(raw) < 5 {
		return "", 0, nil, fmt.Errorf("%.100q is not a signature line", line)
	}
	if base64.StdEncoding.EncodeToString(raw) != string(encoded) {
		return "", 0, nil, fmt.Errorf("the signature of %.100q is not written plainly", before)
	}
	return string(before), binary.BigEndian.Uint32(raw), raw[4:], nil
}
