package translog_test

import (
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-project/tocsin/internal/translog"
)

const emptyRoot = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" // SHA-256 of nothing

func TestParseCheckpoint(t *testing.T) {
	good := "log.example/tocsin\n0\n" + emptyRoot + "\n"
	c, err := translog.ParseCheckpoint(good)
	if err != nil || c.String() != good {
		t.Fatalf("%v, %v", c, err)
	}
	if _, err := translog.ParseCheckpoint(strings.Replace(good, "\n0\n", "\n9007199254740992\n", 1)); err != nil {
		t.Errorf("size 2^53: %v", err)
	}
	for name, text := range map[string]string{
		"extension line":  good + "more\n",
		"no last newline": strings.TrimSuffix(good, "\n"),
		"leading zero":    strings.Replace(good, "\n0\n", "\n00\n", 1),
		"plus sign":       strings.Replace(good, "\n0\n", "\n+0\n", 1),
		"negative":        strings.Replace(good, "\n0\n", "\n-1\n", 1),
		"too large":       strings.Replace(good, "\n0\n", "\n9223372036854775808\n", 1),
		"above 2^53":      strings.Replace(good, "\n0\n", "\n9007199254740993\n", 1),
		"no origin":       strings.Replace(good, "log.example/tocsin", "", 1),
		"short root":      strings.Replace(good, "47DE", "", 1),
		"trailing bits":   strings.Replace(good, "SuFU=", "SuFV=", 1),
		"empty":           "",
	} {
		if c, err := translog.ParseCheckpoint(text); err == nil {
			t.Errorf("%s: read as %v", name, c)
		}
	}
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add("log.example/tocsin\n0\n" + emptyRoot + "\n")
	f.Add("a\n300\n" + emptyRoot + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := translog.ParseCheckpoint(text)
		if err == nil && c.String() != text {
			t.Errorf("%q is written back as %q", text, c.String())
		}
	})
}

func TestOpenCheckpointOfAnotherOrigin(t *testing.T) {
	skey, v := newKey(t)
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: "other.example\n0\n" + emptyRoot + "\n"}, signer)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := translog.OpenCheckpoint(signed, v); err == nil {
		t.Errorf("read as %v", c)
	}
}

func TestKeys(t *testing.T) {
	skey, vkey, err := translog.GenerateKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := translog.VerifierKey(skey); err != nil || got != vkey {
		t.Errorf("verifier key is %q, want %q (%v)", got, vkey, err)
	}
	for _, bad := range []string{"", "with space", "with+plus"} {
		if _, _, err := translog.GenerateKey(bad); err == nil {
			t.Errorf("origin %q was taken", bad)
		}
	}
	for _, bad := range []string{"", vkey, skey + "A", skey[:len(skey)-8]} {
		if _, err := translog.VerifierKey(bad); err == nil {
			t.Errorf("%q was taken for a signing key", bad)
		}
	}
}
