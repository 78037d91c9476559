package sealed_test

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
	"sync"
	"syscall"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

// childRole makes the test binary act as one of the roles instead of running tests.
const childRole = "TOCSIN_SEALED_TEST_ROLE"

var roles = map[string]func(dir string) error{
	"append":     appendForever,
	"file limit": appendBeyondFileLimit,
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

func child(role, dir string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), childRole+"="+role)
	return cmd
}

func openChild(dir string) (*sealed.Ledger, error) {
	inner, err := sqlite.Open(filepath.Join(dir, "ledger"), sqlite.Options{})
	if err != nil {
		return nil, err
	}
	keys, err := sealed.OpenKeys(keysPath(dir))
	if err != nil {
		return nil, err
	}
	return sealed.Open(context.Background(), inner, keys, secretly)
}

// appendForever is the child: it appends from several goroutines, erases now
// and then, and prints what is done, until it is killed.
func appendForever(dir string) error {
	l, err := openChild(dir)
	if err != nil {
		return err
	}
	var mu sync.Mutex // of the output
	errs := make(chan error)
	for range 4 {
		go func() {
			for i := 0; ; i++ {
				var ds []ledger.Draft
				for range 1 + i%700 { // blocks of keys come to an end
					ds = append(ds, ledger.Draft{Kind: "secret.told", Body: fmt.Appendf(nil, "{%q:%d}", secret, rand.Int())})
				}
				es, err := l.Append(context.Background(), ledger.Any, ds...)
				if err == nil && i%5 == 4 {
					err = l.Erase(context.Background(), es[0].Seq)
					es[0].Body = []byte(ledger.Erased)
				}
				if err != nil {
					errs <- err
					return
				}
				var b bytes.Buffer
				for _, e := range es {
					fmt.Fprintf(&b, "%d %s\n", e.Seq, e.Body)
				}
				mu.Lock()
				_, err = os.Stdout.Write(b.Bytes())
				mu.Unlock()
				if err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	return <-errs
}

// TestKilledWhileAppending kills a writing process six times in the middle of
// its appends. Whatever it acknowledged opens, what it erased stays erased,
// and no two entries have the same key.
func TestKilledWhileAppending(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[ledger.Seq]string{}
	for range 6 {
		killedAfter(t, dir, 1+rand.IntN(4000), acknowledged)
	}
	l := opened(t, dir, secretly)
	es, err := all(t, l)
	if err != nil {
		t.Fatal(err)
	}
	var seqs []ledger.Seq
	for _, e := range es {
		seqs = append(seqs, e.Seq)
		if body, ok := acknowledged[e.Seq]; ok && body != string(e.Body) {
			t.Errorf("entry %d reads as %q, acknowledged was %q", e.Seq, e.Body, body)
		}
		delete(acknowledged, e.Seq)
	}
	if len(acknowledged) > 0 {
		t.Errorf("%d acknowledged entries are not there", len(acknowledged))
	}
	numbers, err := l.KeysOf(t.Context(), seqs)
	if err != nil {
		t.Fatal(err)
	}
	used := map[uint64]bool{}
	for i, n := range numbers {
		if used[n] {
			t.Fatalf("key %d of entry %d is another entry's as well", n, seqs[i])
		}
		used[n] = true
	}
	closed(t, l)
	if found := holding(t, dir, secret); found != nil {
		t.Errorf("what is sealed stands in the clear in %v", found)
	}
}

// killedAfter runs the appending role and kills it as soon as it has
// acknowledged so many entries, which it adds to what was acknowledged before.
func killedAfter(t *testing.T, dir string, entries int, acknowledged map[ledger.Seq]string) {
	t.Helper()
	cmd := child("append", dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n := 0
	for lines := bufio.NewReader(out); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // an unfinished line acknowledges nothing
		}
		var seq ledger.Seq
		var body string
		if _, err := fmt.Sscan(line, &seq, &body); err != nil {
			t.Fatalf("the child wrote %q: %v", line, err)
		}
		acknowledged[seq] = body
		if n++; n == entries {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || n < entries {
		t.Fatalf("the child ended with %v after %d of %d entries: %s", err, n, entries, &stderr)
	}
}

func TestNoRoomForKeys(t *testing.T) {
	if out, err := child("file limit", t.TempDir()).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// appendBeyondFileLimit has no room for a block of keys at first, by a limit of
// this process, and goes on as soon as there is.
func appendBeyondFileLimit(dir string) error {
	l, err := openChild(dir)
	if err != nil {
		return err
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 100_000, Max: before.Max}); err != nil {
		return err
	}
	d := ledger.Draft{Kind: "secret.told", Body: []byte(`{}`)}
	if _, err := l.Append(context.Background(), ledger.Any, d); !errors.Is(err, ledger.ErrUnavailable) {
		return fmt.Errorf("without room, want unavailable: %w", err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	if es, err := l.Append(context.Background(), 0, d); err != nil || es[0].Seq != 1 {
		return fmt.Errorf("with room again: %d entries, %w", len(es), err)
	}
	return l.Close()
}
