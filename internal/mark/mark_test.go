package mark_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/tocsin-project/tocsin/internal/mark"
)

func TestWaitReturnsWhenTheMarkHasRisen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m mark.Mark[uint64]
		reached := make(chan error)
		for range 3 {
			go func() { reached <- m.Wait(t.Context(), 5) }()
		}
		m.Raise(4)
		synctest.Wait()
		select {
		case <-reached:
			t.Fatal("Wait(5) returned at 4")
		default:
		}
		m.Raise(7)
		m.Raise(6)
		for range 3 {
			if err := <-reached; err != nil {
				t.Errorf("Wait(5) after Raise(7): %v", err)
			}
		}
		if got := m.Get(); got != 7 {
			t.Errorf("the mark stands at %d after Raise(7) and Raise(6), want 7", got)
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	var m mark.Mark[uint64]
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Wait(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait with a cancelled context: %v, want %v", err, context.Canceled)
	}
}
