package jetstream_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
	"github.com/tocsin-project/tocsin/internal/ledger/lock"
)

func mustStored(t *testing.T, dir string) *jetstream.Stored {
	t.Helper()
	s, err := jetstream.NodeConfig{Dir: dir}.Stored("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func readStored(t *testing.T, s *jetstream.Stored) (n int, err error) {
	t.Helper()
	for e, err := range s.Read(t.Context(), 0) {
		if err != nil {
			return n, err
		}
		if n++; int(e.Seq) != n {
			t.Fatalf("entry %d in place %d", e.Seq, n)
		}
	}
	return n, nil
}

// TestStored reads the files of a node that does not run: they are what it gave
// while it ran. It is refused while the node runs.
func TestStored(t *testing.T) {
	dir := t.TempDir()
	all := sample(t, dir, 60)
	large := openAlone(t, dir, nil)
	if _, err := large.Append(soon(t), ledger.Any, ledger.Draft{Kind: "test.large", Body: make([]byte, ledger.MaxBody)}); err != nil {
		t.Fatal(err)
	}
	used := new(lock.InUse)
	if _, err := (jetstream.NodeConfig{Dir: dir}).Stored(""); !errors.As(err, &used) {
		t.Errorf("while it runs: %v", err)
	}
	if err := large.Close(); err != nil {
		t.Fatal(err)
	}
	s := mustStored(t, dir)
	if _, err := reopen(t, dir); !errors.As(err, &used) {
		t.Errorf("started while its files are read: %v", err)
	}
	n := 0
	for e, err := range s.Read(t.Context(), 0) {
		if err != nil || n < len(all) && e.Hash != all[n].Hash {
			t.Fatalf("entry %d: %v", e.Seq, err)
		}
		n++
	}
	if known, err := s.Acknowledged(); n != 61 || known.Seq != 61 || err != nil {
		t.Errorf("%d entries, %d acknowledged, %v", n, known.Seq, err)
	}
	for e, err := range s.Read(t.Context(), 60, "test.large") {
		if e.Seq != 61 || err != nil {
			t.Errorf("by kind: %d, %v", e.Seq, err)
		}
	}
	if n, err := readStored(t, mustStored(t, t.TempDir())); n != 0 || err != nil {
		t.Errorf("an empty directory has %d entries, %v", n, err)
	}
}

// TestStoredDamage flips bits all over a file: each is named, and what is read
// before it is what was there.
func TestStoredDamage(t *testing.T) {
	dir := t.TempDir()
	all := sample(t, dir, 60)
	block := filepath.Join(dir, blocksOf(t, dir)[0])
	whole, err := os.ReadFile(block)
	if err != nil {
		t.Fatal(err)
	}
	s := mustStored(t, dir)
	named := 0
	for at := 0; at < len(whole); at += 11 {
		bad := append([]byte(nil), whole...)
		bad[at] ^= 1 << (at % 8)
		if err := os.WriteFile(block, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		n := 0
		var last error
		for e, err := range s.Read(t.Context(), 0) {
			if last = err; err != nil {
				break
			}
			if e.Hash != all[n].Hash {
				t.Fatalf("byte %d: entry %d is another one", at, e.Seq)
			}
			n++
		}
		switch {
		case errors.Is(last, ledger.ErrCorrupt):
			named++
		case last != nil:
			t.Fatalf("byte %d: %v", at, last)
		default:
			t.Fatalf("byte %d: %d entries of %d, and nothing is named", at, n, len(all))
		}
	}
	t.Logf("%d flipped bits were named", named)
}
