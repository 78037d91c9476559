package backup_test

import (
	"crypto/rand"
	"path/filepath"
	"testing"

	"github.com/tocsin-project/tocsin/internal/backup"
	"github.com/tocsin-project/tocsin/internal/ledger"

	"filippo.io/age"
)

// BenchmarkRun copies a ledger of large contributions, as imports make them.
func BenchmarkRun(b *testing.B) {
	n, k := large(b), key(b)
	for b.Loop() {
		if r := n.mustRun(filepath.Join(b.TempDir(), "backup"), k.Recipient()); r.Entries != largeEntries {
			b.Fatalf("%+v", r)
		}
	}
}

// BenchmarkRestore brings it back.
func BenchmarkRestore(b *testing.B) {
	n, k, dir := large(b), key(b), filepath.Join(b.TempDir(), "backup")
	n.mustRun(dir, k.Recipient())
	for b.Loop() {
		if _, err := backup.Restore(b.Context(), dir, filepath.Join(b.TempDir(), "data"), layout, backup.Options{Identities: []age.Identity{k}}); err != nil {
			b.Fatal(err)
		}
	}
}

const largeEntries = 128

// large has 128 entries of 900,000 bytes: what 130,000 objects take.
func large(b *testing.B) *node {
	b.Helper()
	b.SetBytes(largeEntries * 900_000)
	n := newNode(b)
	body := make([]byte, 900_000)
	for range largeEntries {
		_, _ = rand.Read(body) // it never fails
		body[0] = '"'
		if _, err := n.Append(b.Context(), ledger.Any, ledger.Draft{Kind: "secret", Body: body}); err != nil {
			b.Fatal(err)
		}
	}
	return n
}
