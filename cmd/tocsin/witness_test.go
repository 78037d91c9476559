package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/translog"
	"github.com/tocsin-project/tocsin/internal/witness"
)

// startWitness starts one as the real program and is a client of it. end sends
// it a signal and returns how it ended.
func startWitness(t *testing.T, data, vkey string) (c *witness.Client, end func(os.Signal) error) {
	t.Helper()
	cmd := exec.Command("tocsin", "witness", "--data", data, "--listen", "127.0.0.1:0", "--log", vkey)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = func(signal os.Signal) error {
		_ = cmd.Process.Signal(signal) // it may have ended by itself
		return cmd.Wait()
	}
	t.Cleanup(func() { _ = end(os.Kill) })
	c = &witness.Client{HTTP: &http.Client{Timeout: patience}}
	if _, err := fmt.Fscanln(out, &c.Key); err != nil {
		t.Fatalf("the witness does not say its key: %v", err)
	}
	lines := bufio.NewScanner(said)
	for c.URL == "" && lines.Scan() {
		_, _ = fmt.Sscanf(lines.Text(), "The witness listens on %s", &c.URL)
	}
	if c.URL == "" {
		t.Fatal("the witness does not say where it listens")
	}
	return c, end
}

// A witness that is killed in the midst of its work, over and over, remembers at
// least what it has answered, and never cosigns a second history.
func TestWitnessSurvivesKill(t *testing.T) {
	t.Parallel()
	const origin = "log.example/tocsin"
	skey, vkey, err := translog.GenerateKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	keyFile := filepath.Join(t.TempDir(), "log.key")
	if err := os.WriteFile(keyFile, []byte(skey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var logs [2]*translog.Log // under one key, with different entries from the first on
	for i := range logs {
		if logs[i], err = translog.OpenFile(t.TempDir(), keyFile, origin); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = logs[i].Close() }()
		if _, err := logs[i].Append(t.Context(), fmt.Appendf(nil, "history %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(t.TempDir(), "witness")
	var answered atomic.Int64 // the largest size that was cosigned
	key := ""
	for round := range 5 {
		c, end := startWitness(t, data, vkey)
		if key == "" {
			key = c.Key
		}
		if c.Key != key {
			t.Fatalf("round %d: it comes back with the key %s", round, c.Key)
		}
		old := int64(0)
		_, err := c.Cosign(t.Context(), 0, nil, logs[1].Checkpoint())
		stands := new(witness.SizeError)
		switch {
		case round == 0:
			if _, err = c.Cosign(t.Context(), 0, nil, logs[0].Checkpoint()); !errors.As(err, &stands) || stands.Size != 1 {
				t.Fatalf("the second history beside the first: %v", err)
			}
			logs[0], logs[1] = logs[1], logs[0] // the one that came first is the log from here on
			answered.Store(1)
			old = 1
		case errors.As(err, &stands) && stands.Size >= answered.Load():
			old = stands.Size
		default:
			t.Fatalf("round %d: it has answered for size %d, and now says %v", round, answered.Load(), err)
		}
		if round > 0 {
			// The other history, with as many entries.
			for logs[1].Tree().Size < old {
				if _, err := logs[1].Append(t.Context(), []byte("other")); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := c.Cosign(t.Context(), old, nil, logs[1].Checkpoint()); err == nil {
				t.Fatalf("round %d: two heads of size %d are cosigned", round, old)
			}
		}
		ended := make(chan struct{})
		reached := make(chan struct{})
		go func() {
			defer close(ended)
			askUntilGone(c, logs[0], old, &answered, reached)
		}()
		select {
		case <-reached:
		case <-time.After(patience):
			t.Error("the witness does not get on")
		}
		if err := end(os.Kill); err == nil {
			t.Error("it ended by itself")
		}
		<-ended
	}
	_, end := startWitness(t, data, vkey)
	if err := end(syscall.SIGTERM); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}

// askUntilGone lets a log grow and be cosigned until the witness no longer
// answers; reached is closed after a few times.
func askUntilGone(c *witness.Client, l *translog.Log, old int64, answered *atomic.Int64, reached chan struct{}) {
	for n := 0; ; n++ {
		if n == 4 {
			close(reached)
		}
		if _, err := l.Append(context.Background(), []byte("more")); err != nil {
			return
		}
		size := l.Tree().Size
		proof, err := l.ProveConsistency(old, size)
		if err != nil {
			return
		}
		if _, err := c.Cosign(context.Background(), old, proof, l.Checkpoint()); err != nil {
			return
		}
		old = size
		answered.Store(size)
	}
}
