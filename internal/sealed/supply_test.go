package sealed_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

// supply is one in memory.
type supply struct {
	mu     sync.Mutex
	keys   []byte
	gone   []uint64
	hidden uint64        // so many of the last keys it does not know of yet
	away   chan struct{} // not nil: it answers as soon as that is closed
}

var errAway = fmt.Errorf("%w: no majority", ledger.ErrUnavailable)

// reach waits until the supply answers.
func (s *supply) reach(ctx context.Context) error {
	s.mu.Lock()
	away := s.away
	s.mu.Unlock()
	if away == nil {
		return ctx.Err()
	}
	select {
	case <-away:
		return ctx.Err()
	case <-ctx.Done():
		return errAway
	}
}

func (s *supply) Draw(ctx context.Context, n int) (uint64, []byte, error) {
	if err := s.reach(ctx); err != nil {
		return 0, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := make([]byte, n*32)
	rand.Read(keys)
	first := uint64(len(s.keys)/32 + 1)
	s.keys = append(s.keys, keys...)
	return first, keys, nil
}

func (s *supply) Read(ctx context.Context, after uint64, most int) ([]byte, error) {
	if err := s.reach(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last := uint64(len(s.keys)/32) - s.hidden
	if after >= last {
		return nil, nil
	}
	return slices.Clone(s.keys[after*32 : min(last, after+uint64(most))*32]), nil
}

func (s *supply) Destroy(ctx context.Context, numbers ...uint64) error {
	if err := s.reach(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range numbers {
		if n == 0 || n > uint64(len(s.keys)/32) {
			return fmt.Errorf("%w: key %d was never used", ledger.ErrInvalid, n)
		}
	}
	for _, n := range numbers {
		clear(s.keys[(n-1)*32:][:32])
		s.gone = append(s.gone, n)
	}
	return nil
}

func (s *supply) Destroyed(ctx context.Context) ([]uint64, error) {
	if err := s.reach(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Compact(slices.Sorted(slices.Values(s.gone))), nil
}

// shared is a ledger that several nodes have: closing it is for the test.
type shared struct{ ledger.Ledger }

func (shared) Close() error { return nil }

// node opens the keys file in dir as a copy of the supply, before the ledger
// that the nodes have.
func node(t testing.TB, dir string, inner ledger.Ledger, s sealed.Supply) *sealed.Ledger {
	t.Helper()
	l, err := openNode(t, dir, inner, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func openNode(t testing.TB, dir string, inner ledger.Ledger, s sealed.Supply) (*sealed.Ledger, error) {
	t.Helper()
	keys, err := sealed.OpenKeys(keysPath(dir))
	if err != nil {
		return nil, err
	}
	keys.Share(s)
	l, err := sealed.Open(t.Context(), shared{inner}, keys, secretly)
	if err != nil {
		return nil, errors.Join(err, keys.Close())
	}
	return l, nil
}
