package witness_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/translog"
	"github.com/tocsin-project/tocsin/internal/witness"
)

const origin = "log.example/tocsin"

// aLog is an open log with some entries, and its secret.
type aLog struct {
	*translog.Log
	skey, vkey string
}

func newLog(t testing.TB) aLog {
	t.Helper()
	skey, vkey, err := translog.GenerateKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	return sameKey(t, aLog{skey: skey, vkey: vkey})
}

// sameKey is another log under the key of one.
func sameKey(t testing.TB, of aLog) aLog {
	t.Helper()
	v, err := translog.NewLogVerifier(of.vkey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	keyFile := filepath.Join(dir, "log.key")
	if err := os.WriteFile(keyFile, []byte(of.skey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := translog.OpenFile(filepath.Join(dir, "log"), keyFile, v.Name())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return aLog{l, of.skey, of.vkey}
}

func (l aLog) add(t testing.TB, entries ...string) {
	t.Helper()
	var raw [][]byte
	for _, e := range entries {
		raw = append(raw, []byte(e))
	}
	if _, err := l.Append(context.Background(), raw...); err != nil {
		t.Fatal(err)
	}
}

func (l aLog) prove(t testing.TB, older, newer int64) tlog.TreeProof {
	t.Helper()
	if older == 0 {
		return nil
	}
	p, err := l.ProveConsistency(older, newer)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// clock is set by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

func newClock() *clock { return &clock{now: time.Unix(1_513_641_600, 0)} }

// start opens a witness and serves it.
func start(t testing.TB, dir string, c *clock, vkeys ...string) (*witness.Client, func()) {
	t.Helper()
	w, err := witness.Open(witness.Config{Data: dir, Name: "witness.example/tocsin", Logs: vkeys, Clock: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w.Handler())
	stop := sync.OnceFunc(func() {
		server.Close()
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return &witness.Client{URL: server.URL, Key: w.VerifierKey(), HTTP: server.Client()}, stop
}

// cosigned checks a line, and is when it was made.
func cosigned(t *testing.T, l aLog, c *witness.Client, line []byte) time.Time {
	t.Helper()
	got, err := translog.OpenCosigned(append(l.Checkpoint(), line...), []string{l.vkey}, []string{c.Key})
	if err != nil || len(got.Witnesses) != 1 {
		t.Fatalf("%q: %v", line, err)
	}
	return got.Witnesses[0].At
}

func mustCosign(t *testing.T, l aLog, c *witness.Client, old int64) time.Time {
	t.Helper()
	line, err := c.Cosign(t.Context(), old, l.prove(t, old, l.Tree().Size), l.Checkpoint())
	if err != nil {
		t.Fatal(err)
	}
	return cosigned(t, l, c, line)
}

func refusedWith(err error) int {
	refused := new(witness.RefusedError)
	if errors.As(err, &refused) {
		return refused.Status
	}
	return 0
}

func standsAt(err error) int64 {
	stands := new(witness.SizeError)
	if errors.As(err, &stands) {
		return stands.Size
	}
	return -1
}

// The life of a log, with restarts of the witness between all steps.
func TestWitness(t *testing.T) {
	dir, c, l := t.TempDir(), newClock(), newLog(t)
	restart := func() *witness.Client {
		t.Helper()
		client, stop := start(t, dir, c, l.vkey)
		t.Cleanup(stop)
		return client
	}
	run := func(f func(*witness.Client)) {
		t.Helper()
		client, stop := start(t, dir, c, l.vkey)
		f(client)
		stop()
	}
	run(func(w *witness.Client) { mustCosign(t, l, w, 0) }) // without entries
	l.add(t, "one", "two", "three")
	var first time.Time
	run(func(w *witness.Client) { first = mustCosign(t, l, w, 0) })
	small := l.Checkpoint()
	l.add(t, "four", "five")
	run(func(w *witness.Client) {
		if _, err := w.Cosign(t.Context(), 0, nil, l.Checkpoint()); standsAt(err) != 3 {
			t.Errorf("from nothing: %v", err)
		}
		c.move(-time.Hour)
		if again := mustCosign(t, l, w, 3); again.Before(first) {
			t.Errorf("the time goes back from %v to %v", first, again)
		}
		c.move(2 * time.Hour)
		if later := mustCosign(t, l, w, 5); !later.Equal(c.now) {
			t.Errorf("the same again at %v, want %v", later, c.now)
		}
	})
	w := restart()
	for _, old := range []int64{0, 3} {
		if _, err := w.Cosign(t.Context(), old, nil, small); standsAt(err) != 5 {
			t.Errorf("back to a smaller tree from %d: %v", old, err)
		}
	}
	if _, err := w.Cosign(t.Context(), 5, nil, small); refusedWith(err) != 400 {
		t.Errorf("an old size above the new: %v", err)
	}
}
