package sqlite_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// childRole makes the test binary act as one of the roles instead of running tests.
const childRole = "TOCSIN_LEDGER_TEST_ROLE"

var roles = map[string]func(path string) error{
	"append":     appendForever,
	"file limit": appendBeyondFileLimit,
	"full disk":  appendToFullDisk,
}

func TestMain(m *testing.M) {
	if role, ok := roles[os.Getenv(childRole)]; ok {
		if err := role(os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child gives the command that runs this test binary in a role.
func child(role, path string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], path)
	cmd.Env = append(os.Environ(), childRole+"="+role)
	return cmd
}

// runChild runs a role to its end.
func runChild(t *testing.T, role, path string) {
	t.Helper()
	if out, err := child(role, path).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", role, err, out)
	}
}

// killedAfter runs the appending role and kills it with SIGKILL as soon as it
// has acknowledged so many entries. It returns all that it acknowledged.
func killedAfter(t *testing.T, path string, entries int) []ledger.Head {
	t.Helper()
	cmd := child("append", path)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var acknowledged []ledger.Head
	for lines := bufio.NewReader(out); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // an unfinished line acknowledges nothing
		}
		var h ledger.Head
		var hash string
		if _, err := fmt.Sscan(line, &h.Seq, &hash); err != nil {
			t.Fatalf("the child wrote %q: %v", line, err)
		}
		if err := h.Hash.UnmarshalText([]byte(hash)); err != nil {
			t.Fatalf("the child wrote %q: %v", line, err)
		}
		acknowledged = append(acknowledged, h)
		if len(acknowledged) == entries {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || len(acknowledged) < entries {
		t.Fatalf("the child ended with %v after %d of %d entries: %s", err, len(acknowledged), entries, &stderr)
	}
	return acknowledged
}

func mustOpen(t *testing.T, path string) *sqlite.Ledger {
	t.Helper()
	l, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func mustClose(t *testing.T, l *sqlite.Ledger) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func mustCheck(t *testing.T, path string) ledger.Report {
	t.Helper()
	r, err := sqlite.Check(context.Background(), path)
	if err != nil {
		t.Fatalf("check: %v", err)
	}
	return r
}

// readAll gives every entry, or those before an error.
func readAll(l *sqlite.Ledger, kinds ...ledger.Kind) (es []ledger.Entry, err error) {
	for e, err := range l.Read(context.Background(), 0, kinds...) {
		if err != nil {
			return es, err
		}
		es = append(es, e)
	}
	return es, nil
}

var kinds = []ledger.Kind{"object.added", "sighting.reported", "protection.decided"}

// sample writes a ledger at path with bodies of random bytes, small ones and
// such as need overflow pages, and closes it.
func sample(t *testing.T, path string, n int) []ledger.Entry {
	t.Helper()
	l := mustOpen(t, path)
	random := rand.NewChaCha8([32]byte{1})
	sizes := []int{40, 300, 1500, 3900, 4100, 9000, 30_000}
	for i := range n {
		body := make([]byte, sizes[i%len(sizes)])
		random.Read(body)
		d := ledger.Draft{Kind: kinds[i%len(kinds)], Actor: "partner-1", Audience: "all", Body: body}
		if _, err := l.Append(context.Background(), ledger.Any, d); err != nil {
			t.Fatal(err)
		}
	}
	es, err := readAll(l)
	if err != nil || len(es) != n {
		t.Fatalf("%d entries of %d, %v", len(es), n, err)
	}
	mustClose(t, l)
	return es
}

// place copies a ledger's files into a new folder, with other contents of
// some of them, by their ending ("" is the ledger itself).
func place(t *testing.T, from string, instead map[string][]byte) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "ledger")
	for _, ending := range []string{"", "-wal", ".head"} {
		raw, changed := instead[ending]
		if !changed {
			var err error
			if raw, err = os.ReadFile(from + ending); errors.Is(err, os.ErrNotExist) {
				continue
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(to+ending, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func mustReadFile(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// flipped gives a copy with one bit the other way.
func flipped(raw []byte, at, bit int) []byte {
	raw = bytes.Clone(raw)
	raw[at] ^= 1 << bit
	return raw
}

// allBut are the spans of n entries without one.
func allBut(n, without ledger.Seq) []ledger.Span {
	var spans []ledger.Span
	if without > 1 {
		spans = append(spans, ledger.Span{First: 1, Last: without - 1})
	}
	if without < n {
		spans = append(spans, ledger.Span{First: without + 1, Last: n})
	}
	return spans
}

// wantMessage fails the test unless err is of the kind and its text has all parts.
func wantMessage(t *testing.T, err error, kind error, parts ...string) {
	t.Helper()
	if err == nil || kind != nil && !errors.Is(err, kind) {
		t.Fatalf("error is %v, want one of the kind %v", err, kind)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Fatalf("error %q does not say %q", err, p)
		}
	}
}

func sameHashes(a, b []ledger.Entry) bool {
	return cmp.Equal(a, b, cmp.Comparer(func(a, b ledger.Entry) bool { return a.Seq == b.Seq && a.Hash == b.Hash }))
}
