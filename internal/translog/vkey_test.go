package translog_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/translog"
)

func TestVerifierKeysAreReadStrictly(t *testing.T) {
	_, vkey, err := translog.GenerateWitnessKey("w.example")
	if err != nil {
		t.Fatal(err)
	}
	_, logKey, err := translog.GenerateKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	name, rest, _ := strings.Cut(vkey, "+")
	hash, key, _ := strings.Cut(rest, "+")
	material, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	for what, bad := range map[string]string{
		"a log's": logKey, "no hash": name + "+" + key, "another name": "v.example+" + rest, "another hash": name + "+00000000+" + key,
		"space": "w .example+" + rest, "line feed": vkey + "\n", "empty": "",
		"short": name + "+" + hash + "+" + base64.StdEncoding.EncodeToString(material[:32]),
	} {
		if _, err := translog.NewWitnessVerifier(bad); err == nil {
			t.Errorf("%s: %q is taken", what, bad)
		}
	}
	if _, err := translog.NewLogVerifier(vkey); err == nil {
		t.Error("a witness's key is taken for a log's")
	}
	for _, bad := range []string{"", "a b", "a+b", "a\x01", strings.Repeat("n", 256), "a\xff"} {
		if _, _, err := translog.GenerateWitnessKey(bad); err == nil {
			t.Errorf("the name %q is taken", bad)
		}
	}
	logSecret, _, err := translog.GenerateKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", logSecret, vkey, "PRIVATE+KEY+w.example+00000000+BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		if _, err := translog.NewCosigner(bad); err == nil {
			t.Errorf("%q is taken for a witness's secret", bad)
		}
	}
}

func FuzzVerifierKey(f *testing.F) {
	_, vkey, err := translog.GenerateWitnessKey("w.example")
	if err != nil {
		f.Fatal(err)
	}
	_, logKey, err := translog.GenerateKey(origin)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(vkey)
	f.Add(logKey)
	f.Add("a+00000000+AQ==")
	f.Fuzz(func(t *testing.T, text string) {
		w, witnessErr := translog.NewWitnessVerifier(text)
		l, logErr := translog.NewLogVerifier(text)
		if witnessErr == nil && logErr == nil {
			t.Errorf("%q has two roles", text)
		}
		if witnessErr == nil && !strings.HasPrefix(text, w.Name()+"+") || logErr == nil && !strings.HasPrefix(text, l.Name()+"+") {
			t.Errorf("%q has another name", text)
		}
	})
}
