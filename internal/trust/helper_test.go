package trust_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/trust"
)

// vkey is a verifier key (C2SP signed-note) of the type, made from a seed so
// that tests can write it down.
func vkey(name string, kind, seed byte) string {
	public := ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), 32))).Public().(ed25519.PublicKey)
	material := append([]byte{kind}, public...)
	hash := sha256.Sum256(append([]byte(name+"\n"), material...))
	return fmt.Sprintf("%s+%x+%s", name, hash[:4], base64.StdEncoding.EncodeToString(material))
}

func log(seed byte) string { return vkey("tocsin.example/log", 1, seed) }

func witnessKey(seed byte) string { return vkey(fmt.Sprintf("w%d.example", seed), 4, seed) }

func voter(seed byte) string {
	return "ed25519:" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(rune(seed)), 32)))
}

func fingerprint(key string) string {
	sum := sha256.Sum256([]byte(key))
	return "sha256:" + hex.EncodeToString(sum[:])
}

const (
	north = "identity--00000000-0000-4000-8000-000000000001"
	south = "identity--00000000-0000-4000-8000-000000000002"
)

// lines are a file's.
func lines(text ...string) []byte { return []byte(strings.Join(text, "\n") + "\n") }

func parse(t testing.TB, fingerprints bool, text ...string) trust.File {
	t.Helper()
	f, err := trust.Parse(lines(text...), fingerprints)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
