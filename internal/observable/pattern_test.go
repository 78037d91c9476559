package observable_test

import (
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/observable"
)

func TestPatternOfKinds(t *testing.T) {
	tests := map[string]string{
		"tasksche.exe":               "[file:name = 'tasksche.exe']",
		`C:\Windows\x.exe`:           `[file:name = 'x.exe' AND file:parent_directory_ref.path = 'c:\\windows']`,
		`C:\x.exe`:                   `[file:name = 'x.exe' AND file:parent_directory_ref.path = 'c:\\']`,
		`/x`:                         `[file:name = 'x' AND file:parent_directory_ref.path = '/']`,
		`/tmp/a\b`:                   `[file:name = 'a\\b' AND file:parent_directory_ref.path = '/tmp']`,
		`mutex=Global\A`:             `[mutex:name = 'Global\\A']`,
		"windows-service=X":          "[process:extensions.'windows-service-ext'.service_name = 'x']",
		`HKLM\Software\X`:            `[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\software\\x']`,
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

func TestFromPattern(t *testing.T) {
	const md5 = "0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A"
	tests := []struct {
		path, text, want string // "" for none
		known            bool
	}{
		{"domain-name:value", "Evil.example", "domain-name=evil.example", true},
		{"file:hashes.'md5'", md5, "file:md5=0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a", true},
		{"file:hashes.SHA512", md5, "", true},
		{"file:name", "X.exe", "file:name=x.exe", true},
		{"network-traffic:extensions.'tls-ext'.ja3_hash", md5, "tls:ja3=0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a", true},
		{"windows-registry-key:key", "X", "", true},
		{"file:hashes.SSDEEP", "3:x:y", "", false},
		{"domain-name:resolves_to_refs[*].value", "evil.example", "", false},
		{"email-message:from_ref.value", "a@evil.example", "", false},
	}
	for _, test := range tests {
		v, known, err := observable.FromPattern(test.path, test.text)
		got := v.String()
		if v == (observable.Value{}) {
			got = ""
		}
		if got != test.want || known != test.known || (err != nil) != (known && test.want == "") {
			t.Errorf("FromPattern(%s, %q) = %v, %v, %v; want %q, %v", test.path, test.text, v, known, err, test.want, test.known)
		}
	}
}

// checkPattern: what Pattern writes, FromPattern reads.
func checkPattern(t *testing.T, v observable.Value) {
	t.Helper()
	path, text, ok := single(v.Pattern())
	if !ok {
		if _, isPrefix := v.Prefix(); !isPrefix && v.Type != observable.FilePath {
			t.Fatalf("%v has the pattern %s", v, v.Pattern())
		}
		return
	}
	if back, known, err := observable.FromPattern(path, text); back != v || !known || err != nil {
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
