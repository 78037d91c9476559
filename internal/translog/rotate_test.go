package translog_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-project/tocsin/internal/translog"
)

// openFile opens a log with its key file beside it.
func openFile(t *testing.T, dir string) *translog.Log {
	t.Helper()
	l, err := translog.OpenFile(filepath.Join(dir, "log"), filepath.Join(dir, "log.key"), origin)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// mustBeSigned by exactly these keys, each of which is enough to open it.
func mustBeSigned(t *testing.T, l *translog.Log, vkeys ...string) {
	t.Helper()
	c, err := translog.OpenCosigned(l.Checkpoint(), vkeys, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(vkeys, c.Logs); diff != "" {
		t.Fatalf("signed by (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(vkeys, l.Keys()); diff != "" {
		t.Fatalf("keys (-want +got):\n%s", diff)
	}
	for _, vkey := range vkeys {
		if _, err := translog.OpenCheckpoint(l.Checkpoint(), verifier(t, vkey)); err != nil {
			t.Fatal(err)
		}
	}
}

func verifier(t *testing.T, vkey string) note.Verifier {
	t.Helper()
	v, err := translog.NewLogVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func mustHold(t *testing.T, l *translog.Log, index int64, want string) {
	t.Helper()
	if got, err := l.Entry(index); err != nil || string(got) != want {
		t.Fatalf("entry %d is %q, %v; want %q", index, got, err, want)
	}
}

func TestRotation(t *testing.T) {
	dir := t.TempDir()
	l := openFile(t, dir)
	first := l.Keys()[0]
	appendAll(t, l, 0, 2)
	mustBeSigned(t, l, first)
	second, err := l.AddKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mustHold(t, l, 2, "tocsin-log-key/v1\nadd "+second+"\n")
	mustBeSigned(t, l, first, second)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}

	l = openFile(t, dir)
	mustBeSigned(t, l, first, second)
	if err := l.RevokeKey(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	mustHold(t, l, 3, "tocsin-log-key/v1\nrevoke "+first+"\n")
	mustBeSigned(t, l, second)
	for _, bad := range []string{first, second, "", "junk"} { // gone, the last, and none
		if err := l.RevokeKey(t.Context(), bad); !errors.Is(err, translog.ErrInvalid) {
			t.Errorf("revoke %q: %v", bad, err)
		}
	}
	appendAll(t, l, 4, 5)
	mustBeSigned(t, l, second)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}

	l = openFile(t, dir)
	mustBeSigned(t, l, second)
	if l.Tree().Size != 5 {
		t.Errorf("size is %d", l.Tree().Size)
	}
	mustBeSound(t, filepath.Join(dir, "log"), verifier(t, second), 5)
	if info, err := os.Stat(filepath.Join(dir, "log.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file's mode is %v (%v)", info.Mode(), err)
	}
	if vkeys, err := translog.VerifierKeys(filepath.Join(dir, "log.key")); err != nil || !cmp.Equal(vkeys, []string{second}) {
		t.Errorf("the key file holds %v, %v", vkeys, err)
	}
}

func TestTooManyKeys(t *testing.T) {
	l := openFile(t, t.TempDir())
	for range 7 {
		if _, err := l.AddKey(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.AddKey(t.Context()); !errors.Is(err, translog.ErrInvalid) {
		t.Fatalf("the ninth key: %v", err)
	}
	appendAll(t, l, 7, 8) // a refusal leaves the log as it was
}

// A change of keys that is cut short at any step is undone or done by OpenFile: the
// leaf is there once or never, and who signs is who the log says signs.
func TestCrashWhileKeysChange(t *testing.T) {
	t.Parallel()
	for _, act := range []string{"add", "revoke"} {
		change := func(l *translog.Log) error {
			if act == "revoke" {
				return l.RevokeKey(context.Background(), l.Keys()[0])
			}
			_, err := l.AddKey(context.Background())
			return err
		}
		var steps []string
		trial := openFile(t, t.TempDir())
		mustAdd(t, trial)
		trial.FailAt(func(step string) error { steps = append(steps, step); return nil })
		if err := change(trial); err != nil {
			t.Fatal(err)
		}
		if len(steps) < 8 || steps[0] != "begin to "+act || steps[len(steps)-1] != "end to "+act {
			t.Fatalf("steps are %q", steps)
		}
		for _, cut := range steps {
			dir := t.TempDir()
			l := openFile(t, dir)
			mustAdd(t, l)
			before := l.Keys()
			size := l.Tree().Size
			l.FailAt(func(step string) error {
				if step == cut {
					return errCrash
				}
				return nil
			})
			if err := change(l); !errors.Is(err, errCrash) {
				t.Fatalf("%s, cut at %q: %v", act, cut, err)
			}
			if _, err := l.Append(t.Context(), entry(0)); err == nil {
				t.Fatalf("%s, cut at %q: the log goes on without knowing its keys", act, cut)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}

			l = openFile(t, dir)
			appendAll(t, l, int(l.Tree().Size), int(l.Tree().Size)+1)
			mustBeSigned(t, l, l.Keys()...)
			leaf := string(mustEntry(t, l, size))
			switch {
			case cut == steps[0]: // nothing was written down: nothing is done
				if diff := cmp.Diff(before, l.Keys()); diff != "" || strings.HasPrefix(leaf, "tocsin-log-key/") {
					t.Errorf("%s, cut at %q: entry %q, keys (-before +after):\n%s", act, cut, leaf, diff)
				}
			case act == "add":
				if now := l.Keys(); len(now) != 3 || leaf != "tocsin-log-key/v1\nadd "+now[2]+"\n" || !cmp.Equal(now[:2], before) {
					t.Errorf("add, cut at %q: keys %q, entry %q", cut, now, leaf)
				}
			default:
				if now := l.Keys(); !cmp.Equal(now, before[1:]) || leaf != "tocsin-log-key/v1\nrevoke "+before[0]+"\n" {
					t.Errorf("revoke, cut at %q: keys %q, entry %q", cut, now, leaf)
				}
			}
			if size+2 < l.Tree().Size {
				t.Errorf("%s, cut at %q: the leaf was appended twice", act, cut)
			}
			mustBeSound(t, filepath.Join(dir, "log"), verifier(t, l.Keys()[0]), l.Tree().Size)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			openFile(t, dir)
		}
	}
}

func mustAdd(t *testing.T, l *translog.Log) {
	t.Helper()
	if _, err := l.AddKey(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func mustEntry(t *testing.T, l *translog.Log, index int64) []byte {
	t.Helper()
	e, err := l.Entry(index)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
