package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// damaged opens for writing, which has to fail as damage, and returns the error.
func damaged(t *testing.T, path string) error {
	t.Helper()
	l, err := sqlite.Open(path, sqlite.Options{})
	if err == nil {
		l.Close()
	}
	wantMessage(t, err, ledger.ErrCorrupt)
	return err
}

// TestLostTail takes acknowledged entries away without a trace, as SQLite
// does when the tail of its log is damaged.
func TestLostTail(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger")
	sample(t, path, 20)
	short := place(t, path, nil)
	l := mustOpen(t, path)
	if _, err := l.Append(context.Background(), 20, three()...); err != nil {
		t.Fatal(err)
	}
	mustClose(t, l)
	later := mustReadFile(t, path+".head")

	lost := place(t, short, map[string][]byte{".head": later})
	wantMessage(t, damaged(t, lost), nil, "3 acknowledged entries are missing", "last one here is 20", "tocsin check")
	r := mustCheck(t, lost)
	var named []ledger.Seq
	for _, d := range r.Damage {
		named = append(named, d.Seq)
	}
	if diff := cmp.Diff([]ledger.Seq{21, 22, 23}, named); diff != "" {
		t.Errorf("check names (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]ledger.Span{{First: 1, Last: 20}}, r.Sound); diff != "" {
		t.Errorf("sound (-want +got):\n%s", diff)
	}
	ro, err := sqlite.Open(lost, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer ro.Close()
	es, err := readAll(ro)
	if wantMessage(t, err, ledger.ErrCorrupt, "entry 21"); len(es) != 20 {
		t.Errorf("%d entries can be read, want 20", len(es))
	}
	if got, err := ro.Check(context.Background()); err != nil || !cmp.Equal(got, r) {
		t.Errorf("check of the read-only ledger: %v, %v", got, err)
	}
}

// three gives drafts for the entries 21 to 23.
func three() []ledger.Draft {
	return []ledger.Draft{{Kind: "k", Body: []byte("21")}, {Kind: "k", Body: []byte("22")}, {Kind: "k", Body: []byte("23")}}
}

// TestLaggingAnchor is the state after a power loss: the anchor is older than
// the ledger, and that is no damage.
func TestLaggingAnchor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	sample(t, path, 5)
	early := mustReadFile(t, path+".head")
	l := mustOpen(t, path)
	if _, err := l.Append(context.Background(), 5, three()...); err != nil {
		t.Fatal(err)
	}
	mustClose(t, l)
	latest := mustReadFile(t, path+".head")
	for _, name := range []string{"lagging", "none"} {
		path := place(t, path, map[string][]byte{".head": early})
		if name == "none" {
			if err := os.Remove(path + ".head"); err != nil {
				t.Fatal(err)
			}
		}
		if r := mustCheck(t, path); len(r.Damage) > 0 || r.Entries != 8 {
			t.Errorf("%s: check: %+v", name, r)
		}
		l := mustOpen(t, path)
		if h, err := l.Head(context.Background()); err != nil || h.Seq != 8 {
			t.Errorf("%s: head %d, %v", name, h.Seq, err)
		}
		mustClose(t, l)
		if got := mustReadFile(t, path+".head"); string(got) != string(latest) {
			t.Errorf("%s: opening did not bring the anchor up to the ledger", name)
		}
	}
}

func TestDamagedAnchor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	sample(t, path, 5)
	anchor := mustReadFile(t, path+".head")
	for at := range anchor {
		path := place(t, path, map[string][]byte{".head": flipped(anchor, at, at%8)})
		wantMessage(t, damaged(t, path), nil, ".head", "tocsin check", "remove that file")
		r := mustCheck(t, path)
		if len(r.Damage) != 1 || r.Damage[0].Seq != 0 || r.Entries != 5 {
			t.Fatalf("byte %d: check: %+v", at, r)
		}
		if err := os.Remove(path + ".head"); err != nil { // as the message says
			t.Fatal(err)
		}
		mustClose(t, mustOpen(t, path))
	}
	cut := place(t, path, map[string][]byte{".head": anchor[:40]})
	wantMessage(t, damaged(t, cut), nil, "40 bytes")
}

// TestOtherHistory has a ledger beside the anchor of another one.
func TestOtherHistory(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "ledger"), filepath.Join(dir, "other")
	sample(t, path, 5)
	l := mustOpen(t, other)
	for range 2 {
		if _, err := l.Append(context.Background(), ledger.Any, three()...); err != nil {
			t.Fatal(err)
		}
	}
	mustClose(t, l)
	for _, n := range []string{path, other} {
		sample := place(t, n, map[string][]byte{".head": mustReadFile(t, map[string]string{path: other, other: path}[n]+".head")})
		wantMessage(t, damaged(t, sample), nil, "tocsin check")
		if r := mustCheck(t, sample); len(r.Damage) == 0 {
			t.Error("check finds nothing")
		}
	}
}

func TestFileGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	sample(t, path, 5)
	empty := place(t, path, map[string][]byte{"": nil})
	gone := place(t, path, nil)
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{empty, gone} {
		wantMessage(t, damaged(t, path), nil, "5 entries were acknowledged")
		if r := mustCheck(t, path); r.Entries != 0 || len(r.Damage) < 5 || r.Damage[0].Seq != 1 {
			t.Errorf("check: %+v", r)
		}
	}
	if err := os.Remove(gone + ".head"); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Check(context.Background(), gone); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("check of nothing: %v", err)
	}
	if _, err := sqlite.Open(gone, sqlite.Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("open nothing read-only: %v", err)
	}
}
