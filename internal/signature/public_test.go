package signature_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/signature"
)

func TestPublicIsReadBack(t *testing.T) {
	for _, want := range []signature.Public{generate(t).Public(), newPasskey(t).public()} {
		got, err := signature.ParsePublic(want.String())
		if err != nil || got != want {
			t.Errorf("%s is read as %s, %v", want, got, err)
		}
	}
	if newPasskey(t).public().IsPasskey() == generate(t).Public().IsPasskey() {
		t.Error("a passkey is not told from another key")
	}
}

// The fingerprint is of the text, as anybody can compute it:
// printf %s TEXT | sha256sum
func TestFingerprint(t *testing.T) {
	p, err := signature.ParsePublic("ed25519:C" + strings.Repeat("A", 42) + "=")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.Fingerprint(), "sha256:52e8bab60b7af9237234134022e55d1b44e4539c9a1f73b440640ac0277ef4f2"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestParsePublicRefuses(t *testing.T) {
	p := newPasskey(t)
	point := base64.StdEncoding.EncodeToString(p.point())
	off := p.point()
	off[64] ^= 1 // for each X there are two Y at most, and this is neither
	compressed := append([]byte{2 + off[64]&1}, off[1:33]...)
	ed := strings.TrimPrefix(generate(t).Public().String(), "ed25519:")
	for name, text := range map[string]string{
		"nothing":            "",
		"no kind":            ed,
		"another kind":       "rsa:" + ed,
		"upper case":         "ED25519:" + ed,
		"31 bytes":           "ed25519:" + base64.StdEncoding.EncodeToString(make([]byte, 31)),
		"no padding":         "ed25519:" + strings.TrimRight(ed, "="),
		"bits left over":     "ed25519:" + strings.Repeat("A", 42) + "B=",
		"a line break":       "ed25519:" + ed[:20] + "\n" + ed[20:],
		"a space":            "ed25519: " + ed,
		"no relying party":   "webauthn:" + point,
		"an empty one":       "webauthn::" + point,
		"one in upper case":  "webauthn:Hub.example:" + point,
		"one with a dot":     "webauthn:hub.example.:" + point,
		"one with a port":    "webauthn:hub.example:443:" + point,
		"a URL":              "webauthn:https://hub.example:" + point,
		"not on the curve":   "webauthn:hub.example:" + base64.StdEncoding.EncodeToString(off),
		"compressed":         "webauthn:hub.example:" + base64.StdEncoding.EncodeToString(compressed),
		"infinity":           "webauthn:hub.example:AA==",
		"32 bytes":           "webauthn:hub.example:" + ed,
		"much too long":      "webauthn:" + strings.Repeat("a.", 1<<20) + "a:" + point,
		"a long host's name": "webauthn:" + strings.Repeat("a.", 127) + "a:" + point,
	} {
		if got, err := signature.ParsePublic(text); err == nil {
			t.Errorf("%s: read as %s", name, got)
		}
	}
}

func FuzzParsePublic(f *testing.F) {
	f.Add("ed25519:C" + strings.Repeat("A", 42) + "=")
	f.Add("webauthn:hub.example:BGsX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT+NC4v4af5uO5+tKfA+eFivOM1drMV7Oy7ZAaDe/UfU=")
	f.Add("webauthn:hub.example:AA==")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := signature.ParsePublic(text); err == nil && p.String() != text {
			t.Errorf("%q is read as %q", text, p)
		}
	})
}
