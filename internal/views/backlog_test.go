package views

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestMoreThanCanBeShownIsNotTaken(t *testing.T) {
	b := newBacklog(100)
	if err := b.room(); err != nil {
		t.Fatalf("an empty backlog refuses: %v", err)
	}
	b.add(waiting{contribution: "one", by: "alpha", first: 1, seq: 2, bytes: 60})
	b.add(waiting{contribution: "two", by: "alpha", first: 3, seq: 3, bytes: 60})
	var behind *Backlogged
	if err := b.room(); !errors.As(err, &behind) || behind.Bytes != 120 || behind.RetryAfter < time.Second {
		t.Errorf("with 120 of 100 bytes waiting: %v", err)
	}
	if w, ok := b.find("one"); !ok || w.first != 1 || w.seq != 2 {
		t.Errorf("the first that waits: %+v, %v", w, ok)
	}
	b.folded(1) // the middle of the first
	if err := b.room(); err == nil {
		t.Error("a contribution of which a part is shown made room")
	}
	b.folded(2)
	if err := b.room(); err != nil {
		t.Errorf("once the first is shown: %v", err)
	}
	if _, ok := b.find("one"); ok {
		t.Error("what is shown still waits")
	}
}

func TestOneOfEqualContributionsIsAppended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBacklog(0)
		if seq, err := b.enter(t.Context(), "one"); seq != 0 || err != nil {
			t.Fatalf("the first: %d, %v", seq, err)
		}
		second := make(chan uint64)
		go func() {
			seq, err := b.enter(t.Context(), "one")
			if err != nil {
				t.Error(err)
			}
			second <- uint64(seq)
		}()
		gone, cancel := context.WithCancel(t.Context())
		third := make(chan error)
		go func() { _, err := b.enter(gone, "one"); third <- err }()
		synctest.Wait()
		cancel()
		if err := <-third; !errors.Is(err, context.Canceled) {
			t.Errorf("one that gave up: %v", err)
		}
		b.add(waiting{contribution: "one", seq: 7})
		b.leave("one")
		if seq := <-second; seq != 7 {
			t.Errorf("the second is told entry %d, want 7", seq)
		}
	})
}
