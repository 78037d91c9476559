package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/knowledge"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// errTakenBack says that the hub took back what it can no longer name.
var errTakenBack = errors.New("the hub erased a contribution")

// mustRelearn says that going on from where the store stands makes no sense.
func (l *learner) mustRelearn(err error, stuck bool) bool {
	var problem *client.Problem
	unreadable := stuck && (errors.Is(err, stream.ErrAltered) || errors.Is(err, stream.ErrGap) || errors.Is(err, stream.ErrLine))
	again := unreadable && l.unreadable // it was no accident on the way
	l.unreadable = unreadable
	switch {
	case errors.Is(err, errTakenBack), errors.Is(err, knowledge.ErrClock), errors.Is(err, knowledge.ErrIncomplete), errors.Is(err, knowledge.ErrDamaged):
		return true
	case errors.As(err, &problem):
		return l.store.Mark().N > 0 && (problem.Status == http.StatusGone || problem.Status == http.StatusBadRequest)
	}
	return again
}

// backlog learns what there is by now.
func (l *learner) backlog(ctx context.Context, store *knowledge.Store) error {
	s, err := l.client.Backlog(ctx, store.Mark(), indicators)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // the stream is over either way
	var batch []stream.Line
	for {
		line, err := s.Next()
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read what the hub's partners know: %w", err)
		}
		over := err != nil
		if !over {
			batch = append(batch, line)
		}
		if over || len(batch) == maxLesson {
			if err := l.learn(store, batch, store == l.store); err != nil {
				return err
			}
			batch = batch[:0]
			if store.Due() {
				if err := store.Compact(); err != nil {
					return err
				}
			}
		}
		if over {
			return nil
		}
	}
}

// relearn learns everything from the beginning into a second store, and only
// when it is whole takes that for what was known: what the hub no longer has
// is matched until then, and nothing is missed.
func (l *learner) relearn(ctx context.Context) error {
	l.busy <- struct{}{}
	defer func() { <-l.busy }()
	beside := l.dir + ".next"
	if err := os.RemoveAll(beside); err != nil {
		return fmt.Errorf("learn from the beginning: %w", err)
	}
	l.late = nil
	store, err := l.open(beside)
	if err != nil {
		return fmt.Errorf("learn from the beginning: %w", err)
	}
	if err = l.backlog(ctx, store); err == nil {
		err = store.TakePlaceOf(l.store)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("learn from the beginning: %w", err), store.Discard())
	}
	before := l.store
	l.store = store
	l.current.Store(store)
	l.exchanged(store) // from here on nobody begins to ask the one before
	l.learned(l.late)
	l.done.Raise(store.Mark().N)
	if err := before.Discard(); err != nil {
		l.log.Warn("the indicators of before take up room", "error", err)
	}
	return nil
}
