package mirror_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
	"github.com/tocsin-project/tocsin/internal/ledger/mirror"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// childRole makes the test binary append in a directory instead of running tests.
const childRole = "TOCSIN_MIRROR_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childRole); dir != "" {
		fmt.Fprintln(os.Stderr, appendForever(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// openIn opens a mirror of a node's ledger, both kept in the directory.
func openIn(dir string) (*mirror.Ledger, error) {
	node, err := jetstream.Start(jetstream.NodeConfig{Dir: filepath.Join(dir, "node")})
	if err != nil {
		return nil, err
	}
	shared, err := jetstream.Open(context.Background(), node, jetstream.Options{})
	if err != nil {
		return nil, err
	}
	return mirror.Open(context.Background(), alone{shared, node}, fileIn(dir), sqlite.Options{})
}

// appendForever is the child: it prints each acknowledged entry until it is killed.
func appendForever(dir string) error {
	l, err := openIn(dir)
	if err != nil {
		return err
	}
	var mu sync.Mutex // of the output
	errs := make(chan error)
	for range 4 {
		go func() {
			for i := 1; ; i++ {
				es, err := l.Append(context.Background(), ledger.Any, drafts(1+i%4)...)
				if err != nil {
					errs <- err
					return
				}
				mu.Lock()
				for _, e := range es {
					fmt.Printf("%d %s\n", e.Seq, e.Hash)
				}
				mu.Unlock()
			}
		}()
	}
	return <-errs
}

// TestKilled kills an appending process over and over. What it acknowledged is in
// the file as well, once, in a whole chain, and equals what the node has.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	acknowledged := make(map[ledger.Seq]string)
	for range 10 {
		for seq, hash := range killedAfter(t, dir, 1+rand.IntN(150)) {
			if acknowledged[seq] != "" {
				t.Fatalf("entry %d was issued a second time", seq)
			}
			acknowledged[seq] = hash
		}
	}
	l, err := openIn(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer mustClose(t, l)
	for e, err := range l.Read(t.Context(), 0) { // which verifies the chain
		if err != nil {
			t.Fatal(err)
		}
		if hash, ok := acknowledged[e.Seq]; ok && hash == e.Hash.String() {
			delete(acknowledged, e.Seq)
		}
	}
	if len(acknowledged) > 0 {
		t.Errorf("%d acknowledged entries are not in the file", len(acknowledged))
	}
	if report, err := l.Check(t.Context()); err != nil || len(report.Damage) > 0 {
		t.Errorf("check finds %v, %v", report.Damage, err)
	}
}

// killedAfter kills a child with SIGKILL once it has acknowledged so many entries,
// and gives all that it acknowledged.
func killedAfter(t *testing.T, dir string, entries int) map[ledger.Seq]string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	got := make(map[ledger.Seq]string)
	for lines := bufio.NewReader(out); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // an unfinished line acknowledges nothing
		}
		var seq ledger.Seq
		var hash string
		if _, err := fmt.Sscan(line, &seq, &hash); err != nil {
			t.Fatalf("the child wrote %q", line)
		}
		got[seq] = hash
		if len(got) == entries {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || len(got) < entries {
		t.Fatalf("the child ended with %v after %d of %d entries", err, len(got), entries)
	}
	return got
}
