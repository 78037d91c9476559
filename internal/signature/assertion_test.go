package signature_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/signature"
)

func TestAPasskeySigns(t *testing.T) {
	for _, origin := range []string{"https://hub.example", "https://hub.example:8443", "https://vote.hub.example", "http://hub.example:8440"} {
		p := newPasskey(t)
		p.origin = origin
		s, err := signature.FromAssertion(answer(t, p.sign(message)))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.public().Verify(message, s); err != nil {
			t.Errorf("%s: %v", origin, err)
		}
		if err := p.public().Verify([]byte("another"), s); err == nil {
			t.Error("it has signed another message, too")
		}
	}
}

// Every step of WebAuthn Level 3, section 7.2, that is taken refuses what it is
// there for. Each of these is signed by the authenticator as it stands.
func TestASpoiltAssertion(t *testing.T) {
	replace := func(from, to string) func(*passkey) {
		return func(p *passkey) {
			p.client = func(text string) string {
				if !strings.Contains(text, from) {
					t.Fatalf("%s has no %s", text, from)
				}
				return strings.Replace(text, from, to, 1)
			}
		}
	}
	for name, spoil := range map[string]func(*passkey){
		"made, not used":          func(p *passkey) { p.kind = "webauthn.create" },
		"another host":            func(p *passkey) { p.origin = "https://hub.example.net" },
		"a host that ends in it":  func(p *passkey) { p.origin = "https://evilhub.example" },
		"the host above it":       func(p *passkey) { p.origin = "https://example" },
		"user information":        func(p *passkey) { p.origin = "https://elsewhere.example@hub.example" },
		"a path":                  func(p *passkey) { p.origin = "https://elsewhere.example/.hub.example" },
		"a number for a port":     func(p *passkey) { p.origin = "https://hub.example:99999999" },
		"a host for a port":       func(p *passkey) { p.origin = "https://hub.example:x.hub.example" },
		"another scheme":          func(p *passkey) { p.origin = "android:hub.example" },
		"no origin":               func(p *passkey) { p.origin = "" },
		"another relying party":   func(p *passkey) { p.rp = "example" },
		"nobody present":          func(p *passkey) { p.flags = 0x04 },
		"nobody verified":         func(p *passkey) { p.flags = 0x01 },
		"another challenge":       replace(signature.Challenge(message), signature.Challenge([]byte("another"))),
		"a padded challenge":      replace(signature.Challenge(message), signature.Challenge(message)+"="),
		"a member twice":          replace(`"type":`, `"type":"webauthn.get","type":`),
		"an escaped member twice": replace(`"type":`, `"\u0074ype":"webauthn.get","type":`),
		"another case":            replace(`"challenge":`, `"Challenge":`),
		"something after it":      func(p *passkey) { p.client = func(text string) string { return text + "{}" } },
		"no JSON":                 func(p *passkey) { p.client = func(string) string { return "x" } },
		"invalid UTF-8": func(p *passkey) {
			p.client = func(text string) string { return text[:len(text)-1] + ",\"x\":\"\xff\"}" }
		},
		"a number for a type": replace(`"webauthn.get"`, `7`),
	} {
		p := newPasskey(t)
		spoil(p)
		if err := p.public().Verify(message, p.sign(message)); err == nil {
			t.Errorf("%s: verified", name)
		}
	}
}

// What is changed after the authenticator has signed does not verify.
func TestAChangedAssertion(t *testing.T) {
	p := newPasskey(t)
	good := p.sign(message)
	if err := p.public().Verify(message, good); err != nil {
		t.Fatal(err)
	}
	spoil := func(name string, s signature.Signature) {
		t.Helper()
		if err := p.public().Verify(message, s); err == nil {
			t.Errorf("%s: verified", name)
		}
	}
	counted := good
	counted.AuthenticatorData = bytes.Clone(good.AuthenticatorData)
	counted.AuthenticatorData[36]++
	spoil("another counter", counted)
	spaced := good
	spaced.ClientData = append(bytes.Clone(good.ClientData), ' ')
	spoil("white space", spaced)
	longer := good
	longer.AuthenticatorData = append(bytes.Clone(good.AuthenticatorData), 0)
	spoil("a byte more", longer)

	// X.690: DER has one form. 30 LEN 02 LENR R 02 LENS S.
	der := good.Signature
	at := func(s signature.Bytes) signature.Signature {
		return signature.Signature{AuthenticatorData: good.AuthenticatorData, ClientData: good.ClientData, Signature: s}
	}
	spoil("a byte behind it", at(append(bytes.Clone(der), 0)))
	spoil("a byte behind it that it counts", at(append([]byte{0x30, der[1] + 1}, append(bytes.Clone(der[2:]), 0)...)))
	spoil("a long length", at(append([]byte{0x30, 0x81, der[1]}, der[2:]...)))
	wide := append([]byte{0x30, der[1] + 1, 0x02, der[3] + 1, 0}, der[4:]...)
	spoil("an integer with a nought before it", at(wide))
	r := int(der[3])
	raw := append(bytes.TrimLeft(bytes.Clone(der[4:4+r]), "\x00"), bytes.TrimLeft(bytes.Clone(der[6+r:]), "\x00")...)
	spoil("not ASN.1", at(raw))
	for i := range der {
		changed := bytes.Clone(der)
		changed[i] ^= 0x10
		spoil("a changed byte", at(changed))
	}
	if err := newPasskey(t).public().Verify(message, good); err == nil {
		t.Error("another passkey's: verified")
	}
}

func TestFromAssertionRefuses(t *testing.T) {
	good := string(answer(t, newPasskey(t).sign(message)))
	for name, text := range map[string]string{
		"nothing": "", "no object": `[]`, "no response": `{}`, "no data": `{"response":{}}`,
		"padding":         strings.Replace(good, `","clientDataJSON"`, `=","clientDataJSON"`, 1),
		"a line break":    strings.Replace(good, `"clientDataJSON":"`, `"clientDataJSON":"\n`, 1),
		"a response more": strings.Replace(good, `"response":`, `"response":{},"response":`, 1),
		"much too long":   `{"x":"` + strings.Repeat("A", 1<<20) + `",` + good[1:],
	} {
		if text == good {
			t.Fatalf("%s: nothing is spoilt", name)
		}
		if s, err := signature.FromAssertion([]byte(text)); err == nil {
			t.Errorf("%s: read as %v", name, s)
		}
	}
}

func TestFromCOSERefuses(t *testing.T) {
	p := newPasskey(t)
	if want := "webauthn:hub.example:" + base64.StdEncoding.EncodeToString(p.point()); p.public().String() != want {
		t.Errorf("the key is %s, want %s", p.public(), want)
	}
	for name, change := range map[string]map[int]any{
		"Ed25519":       {1: 1, 3: -8, -1: 6},
		"RS256":         {1: 3, 3: -257},
		"ES384":         {3: -35},
		"P-384":         {-1: 2},
		"a short X":     {-2: p.point()[1:32]},
		"a long X":      {-2: append([]byte{0}, p.point()[1:33]...)},
		"compressed":    {-3: true},
		"off the curve": {-3: p.point()[1:33]},
	} {
		if got, err := signature.FromCOSE("hub.example", p.cose(change)); err == nil {
			t.Errorf("%s: read as %s", name, got)
		}
	}
	twice := p.cose(nil)
	twice[0]++ // a map of one pair more
	twice = append(twice, 0x01, 0x02)
	for name, key := range map[string][]byte{"nothing": nil, "a member twice": twice, "a byte more": append(p.cose(nil), 0), "much too long": make([]byte, 1<<20)} {
		if got, err := signature.FromCOSE("hub.example", key); err == nil {
			t.Errorf("%s: read as %s", name, got)
		}
	}
	if got, err := signature.FromCOSE("https://hub.example", p.cose(nil)); err == nil {
		t.Errorf("a URL for a relying party: read as %s", got)
	}
}

func FuzzFromAssertion(f *testing.F) {
	f.Add([]byte(`{"response":{"authenticatorData":"` + strings.Repeat("A", 50) + `","clientDataJSON":"e30","signature":"MAA"}}`))
	f.Add([]byte(`{"response":{"authenticatorData":"AA==","clientDataJSON":"e31","signature":""}}`))
	f.Add([]byte(`{"response":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := signature.FromAssertion(text)
		if err != nil {
			return
		}
		read, err := signature.ParseSignature(s.Text())
		if err != nil || !cmp.Equal(s, read) {
			t.Errorf("%v is read back as %v, %v", s, read, err)
		}
	})
}

func FuzzFromCOSE(f *testing.F) {
	f.Add([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01})
	f.Fuzz(func(t *testing.T, key []byte) {
		p, err := signature.FromCOSE("hub.example", key)
		if err != nil {
			return
		}
		if read, err := signature.ParsePublic(p.String()); err != nil || read != p {
			t.Errorf("%s is read back as %s, %v", p, read, err)
		}
	})
}

// Whatever client data and authenticator data come with it, verifying neither
// fails on its reader nor succeeds without the key.
func FuzzVerify(f *testing.F) {
	f.Add(strings.Repeat("A", 52)+".e30=.MAA=", []byte("message"))
	f.Add(strings.Repeat("A", 86)+"==", []byte(""))
	const key = "webauthn:hub.example:BGsX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT+NC4v4af5uO5+tKfA+eFivOM1drMV7Oy7ZAaDe/UfU="
	p, err := signature.ParsePublic(key)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, message []byte) {
		s, err := signature.ParseSignature(text)
		if err == nil && p.Verify(message, s) == nil {
			t.Errorf("%q verifies", text)
		}
	})
}
