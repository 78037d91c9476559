package translog_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-project/tocsin/internal/translog"
)

func TestLogCosign(t *testing.T) {
	skey, v := newKey(t)
	dir := t.TempDir()
	l := open(t, dir, skey)
	appendAll(t, l, 0, 3)
	a, b, old := newCosigner(t, "a.example"), newCosigner(t, "b.example"), newCosigner(t, "old.example")
	tree := l.Tree()
	published := func(witnesses ...string) []translog.Cosignature {
		t.Helper()
		onDisk, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
		if err != nil || !bytes.Equal(onDisk, l.Checkpoint()) {
			t.Fatalf("the file is not what is served: %v", err)
		}
		c, err := translog.OpenCosigned(onDisk, l.Keys(), witnesses)
		if err != nil {
			t.Fatal(err)
		}
		return c.Witnesses
	}
	cosign := func(lines []byte, witnesses ...*translog.Cosigner) error {
		var keys []string
		for _, w := range witnesses {
			keys = append(keys, w.VerifierKey())
		}
		_, err := l.Cosign(tree, lines, keys)
		return err
	}
	if err := cosign(old.Cosign(tree, time.Unix(at, 0)), old); err != nil {
		t.Fatal(err)
	}
	if err := cosign(a.Cosign(tree, time.Unix(at, 0)), a, b); err != nil {
		t.Fatal(err)
	}
	if got := published(a.VerifierKey(), b.VerifierKey()); len(got) != 1 {
		t.Errorf("cosignatures are %v: a witness that is no longer asked has to go", got)
	}
	// The later one of a witness stays, whichever comes first.
	for _, seconds := range []int64{at + 5, at + 3} {
		if err := cosign(a.Cosign(tree, time.Unix(seconds, 0)), a, b); err != nil {
			t.Fatal(err)
		}
	}
	if err := cosign(b.Cosign(tree, time.Unix(at, 0)), a, b); err != nil {
		t.Fatal(err)
	}
	want := []translog.Cosignature{{Key: a.VerifierKey(), At: time.Unix(at+5, 0).UTC()}, {Key: b.VerifierKey(), At: time.Unix(at, 0).UTC()}}
	if diff := cmp.Diff(want, published(a.VerifierKey(), b.VerifierKey())); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}

	wrong := tree
	wrong.Root[0] ^= 1
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	again, err := note.Sign(&note.Note{Text: tree.String()}, signer)
	if err != nil {
		t.Fatal(err)
	}
	_, own, _ := bytes.Cut(again, []byte("\n\n"))
	for name, lines := range map[string][]byte{
		"another tree": b.Cosign(wrong, time.Unix(at+9, 0)), "a stranger": old.Cosign(tree, time.Unix(at, 0)),
		"one good, one bad": slices.Concat(b.Cosign(tree, time.Unix(at+9, 0)), a.Cosign(wrong, time.Unix(at, 0))),
		"the log's own":     own, "nothing": nil, "junk": []byte("junk\n"),
	} {
		if err := cosign(lines, a, b); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if diff := cmp.Diff(want, published(a.VerifierKey(), b.VerifierKey())); diff != "" {
		t.Errorf("after what was refused (-want +got):\n%s", diff)
	}

	// A cosigned log opens again, and grows beyond its cosignatures.
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir, skey)
	if diff := cmp.Diff(want, published(a.VerifierKey(), b.VerifierKey())); diff != "" {
		t.Errorf("opened again (-want +got):\n%s", diff)
	}
	appendAll(t, l, 3, 4)
	if err := cosign(b.Cosign(tree, time.Unix(at+9, 0)), b); !errors.Is(err, translog.ErrStale) {
		t.Errorf("cosignatures of the checkpoint before: %v", err)
	}
	if got := published(); len(got) != 0 {
		t.Errorf("cosignatures are %v", got)
	}
	mustBeSound(t, dir, v, 4)
}
