package observable_test

import (
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/observable"
)

func TestPatternOfKinds(t *testing.T) {
	tests := map[string]string{
		"tasksche.exe":               `[file:name MATCHES '(?i)^tasksche\\.exe$']`,
		`C:\Windows\x.exe`:           `[file:name MATCHES '(?i)^x\\.exe$' AND file:parent_directory_ref.path MATCHES '(?i)^c:\\\\windows$']`,
		`C:\x.exe`:                   `[file:name MATCHES '(?i)^x\\.exe$' AND file:parent_directory_ref.path MATCHES '(?i)^c:\\\\$']`,
		`/x`:                         `[file:name = 'x' AND file:parent_directory_ref.path = '/']`,
		`/tmp/a\b`:                   `[file:name = 'a\\b' AND file:parent_directory_ref.path = '/tmp']`,
		`mutex=Global\A`:             `[mutex:name = 'Global\\A']`,
		"windows-service=X":          "[process:extensions.'windows-service-ext'.service_name MATCHES '(?i)^x$']",
		`HKLM\Software\X`:            `[windows-registry-key:key MATCHES '(?i)^HKEY_LOCAL_MACHINE\\\\software\\\\x$']`,
		"email-addr=o'x@x.example":   `[email-addr:value = 'o\'x@x.example']`,
		"tls:ja4=" + exampleJA4:      "[network-traffic:extensions.'tls-ext'.ja4 = '" + exampleJA4 + "']",
		wannaCry:                     "[cryptocurrency-wallet:value = '" + wannaCry + "']",
		"ipv4-addr=198.51.100.77/24": "[ipv4-addr:value ISSUBSET '198.51.100.0/24']",
	}
	for text, want := range tests {
		v, err := observable.Infer(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.Pattern(); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestTypeOf(t *testing.T) {
	for path, want := range map[string]observable.Type{
		"domain-name:value": observable.Domain, "file:hashes.'md5'": observable.MD5, "file:hashes.SHA512": observable.SHA512,
		"file:name": observable.FileName, "network-traffic:extensions.'tls-ext'.ja3_hash": observable.JA3,
		"file:hashes.SSDEEP": "", "domain-name:resolves_to_refs[*].value": "", "email-message:from_ref.value": "",
	} {
		if got, ok := observable.TypeOf(path); got != want || ok != (want != "") {
			t.Errorf("%s is of %q, %t", path, got, ok)
		}
	}
}

// checkPattern: what a pattern with one "=" names is the value that it is of.
func checkPattern(t *testing.T, v observable.Value) {
	t.Helper()
	path, text, ok := single(v.Pattern())
	if !ok {
		if _, isPrefix := v.Prefix(); !isPrefix && !v.Type.Caseless() {
			t.Fatalf("%v has the pattern %s", v, v.Pattern())
		}
		return
	}
	kind, known := observable.TypeOf(path)
	if back, err := observable.New(kind, text); back != v || !known || err != nil {
		t.Fatalf("%v: %s is %v, %v, %v", v, v.Pattern(), back, known, err)
	}
}

// single takes "[path = 'text']" apart.
func single(pattern string) (path, text string, ok bool) {
	path, rest, ok := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(pattern, "["), "']"), " = '")
	if !ok || strings.Contains(rest, "' AND file:") {
		return "", "", false
	}
	return path, strings.NewReplacer(`\\`, `\`, `\'`, `'`).Replace(rest), true
}
