package translog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/tocsin-project/tocsin/internal/translog"
)

// Appends that come while another is being written share the next checkpoint;
// each is told its own index.
func TestWaitingAppendsShareACheckpoint(t *testing.T) {
	t.Parallel()
	skey, v := newKey(t)
	dir := t.TempDir()
	l := open(t, dir, skey)
	begun, goOn := make(chan struct{}), make(chan struct{})
	checkpoints := 0
	var once sync.Once
	l.FailAt(func(step string) error {
		if step == "rename checkpoint.next" {
			checkpoints++
			once.Do(func() { close(begun); <-goOn })
		}
		return nil
	})
	var all sync.WaitGroup
	add := func(n int) {
		all.Go(func() {
			batch := [][]byte{fmt.Appendf(nil, "%d, first", n), fmt.Appendf(nil, "%d, second", n)}
			first, err := l.Append(context.Background(), batch...)
			if err != nil {
				t.Error(err)
				return
			}
			for i, want := range batch {
				if got, err := l.Entry(first + int64(i)); err != nil || !bytes.Equal(got, want) {
					t.Errorf("entry %d is %q, %v; want %q", first+int64(i), got, err, want)
				}
			}
		})
	}
	add(0)
	<-begun
	const waiting = 50
	for n := range waiting {
		add(n + 1)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	all.Go(func() {
		if _, err := l.Append(cancelled, []byte("too late")); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled while it waited: %v", err)
		}
	})
	translog.AwaitWaiting(l, waiting+1)
	cancel()
	close(goOn)
	all.Wait()
	if checkpoints != 2 {
		t.Errorf("%d checkpoints were written, want 2", checkpoints)
	}
	mustBeSound(t, dir, v, 2*(waiting+1))
}

// What goes wrong with a commit goes wrong for all who share it, and nothing of
// it is there.
func TestSharedFailure(t *testing.T) {
	t.Parallel()
	skey, v := newKey(t)
	dir := t.TempDir()
	l := open(t, dir, skey)
	begun, goOn := make(chan struct{}), make(chan struct{})
	commits := 0
	l.FailAt(func(step string) error {
		if step != "sync" {
			return nil
		}
		if commits++; commits == 1 {
			close(begun)
			<-goOn
			return nil
		}
		return errCrash
	})
	var all sync.WaitGroup
	all.Go(func() { appendAll(t, l, 0, 1) })
	<-begun
	for range 10 {
		all.Go(func() {
			if _, err := l.Append(context.Background(), []byte("lost")); !errors.Is(err, errCrash) {
				t.Errorf("a share of a commit that failed: %v", err)
			}
		})
	}
	translog.AwaitWaiting(l, 10)
	close(goOn)
	all.Wait()
	mustBeSound(t, dir, v, 1)
}
