// Package mark is a count that only rises and that others can wait for.
package mark

import (
	"context"
	"sync"
)

// Mark is safe for many goroutines; its zero value stands at 0.
type Mark[T ~uint64] struct {
	mu     sync.Mutex
	at     T
	raised chan struct{} // closed when at rises; nil while nobody waits
}

// Get is where the mark stands.
func (m *Mark[T]) Get() T {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at
}

// Raise moves the mark up to at; a lower at changes nothing.
func (m *Mark[T]) Raise(at T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at <= m.at {
		return
	}
	m.at = at
	if m.raised != nil {
		close(m.raised)
		m.raised = nil
	}
}

// Wait returns when the mark has reached at, or with the context's error.
func (m *Mark[T]) Wait(ctx context.Context, at T) error {
	for {
		m.mu.Lock()
		if m.at >= at {
			m.mu.Unlock()
			return nil
		}
		if m.raised == nil {
			m.raised = make(chan struct{})
		}
		raised := m.raised
		m.mu.Unlock()
		select {
		case <-raised:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
