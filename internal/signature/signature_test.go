package signature_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/signature"
)

var message = []byte("tocsin-vote/v1\n{}")

func TestVerifyTellsKeysAndMessagesApart(t *testing.T) {
	one, other := generate(t), generate(t)
	s := one.Sign(message)
	if err := one.Public().Verify(message, s); err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(s.Ed25519)
	changed[40] ^= 1
	assertion := newPasskey(t).sign(message)
	for name, c := range map[string]struct {
		key     signature.Public
		message []byte
		s       signature.Signature
	}{
		"another message": {one.Public(), []byte("tocsin-vote/v1\n{ }"), s},
		"no message":      {one.Public(), nil, s},
		"another key":     {other.Public(), message, s},
		"no key":          {signature.Public{}, message, s},
		"a changed bit":   {one.Public(), message, signature.Signature{Ed25519: changed}},
		"no signature":    {one.Public(), message, signature.Signature{}},
		"half of one":     {one.Public(), message, signature.Signature{Ed25519: s.Ed25519[:32]}},
		"both forms":      {one.Public(), message, signature.Signature{Ed25519: s.Ed25519, AuthenticatorData: assertion.AuthenticatorData, ClientData: assertion.ClientData, Signature: assertion.Signature}},
		"a passkey's":     {one.Public(), message, assertion},
		"for a passkey":   {newPasskey(t).public(), message, s},
	} {
		if err := c.key.Verify(c.message, c.s); err == nil {
			t.Errorf("%s: verified", name)
		}
	}
}

func TestSignatureIsReadInItsFormsOnly(t *testing.T) {
	ed, pass := generate(t).Sign(message), newPasskey(t).sign(message)
	for _, s := range []signature.Signature{ed, pass} {
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var read signature.Signature
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if diff := cmp.Diff(s, read); diff != "" {
			t.Errorf("from JSON (-want +got):\n%s", diff)
		}
		if read, err = signature.ParseSignature(s.Text()); err != nil || !cmp.Equal(s, read) {
			t.Errorf("from text: %v, %v", read, err)
		}
	}
	good := base64.StdEncoding.EncodeToString(ed.Ed25519)
	for name, text := range map[string]string{
		"nothing":          `{}`,
		"null":             `null`,
		"a string":         `"` + good + `"`,
		"unknown member":   `{"ed25519":"` + good + `","at":"now"}`,
		"an empty beside":  `{"ed25519":"` + good + `","client_data":""}`,
		"a null beside":    `{"ed25519":"` + good + `","client_data":null}`,
		"twice":            `{"ed25519":"` + good + `","ed25519":"` + good + `"}`,
		"no padding":       `{"ed25519":"` + strings.TrimRight(good, "=") + `"}`,
		"a line break":     `{"ed25519":"` + good[:40] + `\n` + good[40:] + `"}`,
		"bits left over":   `{"ed25519":"` + leftover(good) + `"}`,
		"base64url":        `{"ed25519":"` + strings.Repeat("-", 86) + `=="}`,
		"too short":        `{"ed25519":"AAAA"}`,
		"part of another":  `{"client_data":"e30="}`,
		"data of 36 bytes": `{"authenticator_data":"` + strings.Repeat("A", 48) + `","client_data":"e30=","signature":"MAA="}`,
		"too long":         `{"authenticator_data":"` + strings.Repeat("A", 52) + `","client_data":"` + strings.Repeat("A", 8<<10) + `","signature":"MAA="}`,
	} {
		var s signature.Signature
		if err := json.Unmarshal([]byte(text), &s); err == nil && name != "null" {
			t.Errorf("%s: read as %v", name, s)
		} else if err == nil && s.Validate() == nil {
			t.Errorf("%s: valid", name)
		}
	}
	for name, text := range map[string]string{
		"nothing": "", "two parts": good + "." + good, "three empty ones": "..", "bits left over": leftover(good),
		"a line break": good + "\n", "four parts": pass.Text() + ".AAAA", "too long": strings.Repeat("A", signature.MaxText+1),
	} {
		if s, err := signature.ParseSignature(text); err == nil {
			t.Errorf("%s: read as %v", name, s)
		}
	}
}

// leftover sets a bit that the padding "==" of a text leaves over: lenient
// decoders read the same bytes.
func leftover(text string) string {
	body := strings.TrimSuffix(text, "==")
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	last := strings.IndexByte(alphabet, body[len(body)-1])
	return body[:len(body)-1] + string(alphabet[last|1]) + "=="
}

func TestTheSpoiltBase64IsWhatALenientReaderTakes(t *testing.T) {
	good := base64.StdEncoding.EncodeToString(generate(t).Sign(message).Ed25519)
	one, err := base64.StdEncoding.DecodeString(leftover(good))
	if two, _ := base64.StdEncoding.DecodeString(good); err != nil || leftover(good) == good || !bytes.Equal(one, two) {
		t.Errorf("the fixture is not what it is to be: %v", err)
	}
}

// Whatever a signature holds, its text is read back as the same; and the text
// never outgrows what ParseSignature takes.
func TestTextIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := signature.Signature{
			AuthenticatorData: rapid.SliceOfN(rapid.Byte(), 37, 1024).Draw(t, "data"),
			ClientData:        rapid.SliceOfN(rapid.Byte(), 1, 4096).Draw(t, "client"),
			Signature:         rapid.SliceOfN(rapid.Byte(), 1, 72).Draw(t, "signature"),
		}
		read, err := signature.ParseSignature(s.Text())
		if err != nil || !cmp.Equal(s, read) {
			t.Fatalf("read as %v, %v", read, err)
		}
	})
	longest := signature.Signature{AuthenticatorData: make([]byte, 1024), ClientData: make([]byte, 4096), Signature: make([]byte, 72)}
	if _, err := signature.ParseSignature(longest.Text()); err != nil || len(longest.Text()) > signature.MaxText {
		t.Errorf("the longest of %d bytes: %v", len(longest.Text()), err)
	}
}

// RFC 8032, section 7.1, tests 1 to 3.
func TestRFC8032(t *testing.T) {
	for _, v := range [][4]string{
		{
			"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
			"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
		},
		{
			"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
			"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
		},
		{
			"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
			"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
		},
	} {
		var raw [4][]byte
		for i, text := range v {
			var err error
			if raw[i], err = hex.DecodeString(text); err != nil {
				t.Fatal(err)
			}
		}
		signer := signerFrom(t, "tocsin-secret-ed25519:"+base64.StdEncoding.EncodeToString(raw[0])+"\n")
		if got, want := signer.Public().String(), "ed25519:"+base64.StdEncoding.EncodeToString(raw[1]); got != want {
			t.Errorf("the public half is %s, want %s", got, want)
		}
		if got := signer.Sign(raw[2]); !bytes.Equal(got.Ed25519, raw[3]) {
			t.Errorf("the signature of %x is %x, want %x", raw[2], got.Ed25519, raw[3])
		}
		if err := signer.Public().Verify(raw[2], signature.Signature{Ed25519: raw[3]}); err != nil {
			t.Error(err)
		}
	}
}
