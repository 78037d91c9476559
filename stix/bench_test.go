package stix_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/tocsin-project/tocsin/stix"
)

// attack is the unpacked ATT&CK Enterprise bundle.
func attack(tb testing.TB) []byte {
	tb.Helper()
	packed, err := os.ReadFile(filepath.Join("..", "..", "shared", "data", "enterprise-attack.json.gz"))
	if err != nil {
		tb.Skipf("the ATT&CK bundle is not at hand: %v", err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		tb.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func BenchmarkReadBundle(b *testing.B) {
	text := attack(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		n := 0
		err := stix.ReadBundle(bytes.NewReader(text), stix.Limits{}, func(stix.Object) error { n++; return nil })
		if err != nil || n != 24771 {
			b.Fatal(n, err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	text := attack(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		n := 0
		err := stix.ReadBundle(bytes.NewReader(text), stix.Limits{}, func(o stix.Object) error {
			for _, f := range stix.Validate(o) {
				b.Fatal(f.Err)
			}
			n++
			return nil
		})
		if err != nil || n != 24771 {
			b.Fatal(n, err)
		}
	}
}
