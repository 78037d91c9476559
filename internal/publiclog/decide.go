package publiclog

import (
	"context"
	"errors"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// decide has leaves put on the log through the ledger, and returns the index of
// the first once this node's log has them. Before each attempt still says whether
// they are what comes next; if not, the error is errMoved.
func (l *Logger) decide(ctx context.Context, leaves [][]byte, until int64, still func(size int64) error) (int64, error) {
	select {
	case l.deciding <- struct{}{}:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	defer func() { <-l.deciding }()
	for {
		size, err := l.mayAppend(ctx, until, still)
		if err != nil {
			return 0, err
		}
		d, err := instruction{Index: size, Until: until, Leaves: leaves}.draft()
		if err != nil {
			return 0, err
		}
		if err := l.cfg.failAt("decide"); err != nil {
			return 0, &appendError{err}
		}
		e, err := l.cfg.Shared.Append(ctx, d)
		if err != nil {
			return 0, &appendError{fmt.Errorf("write on the ledger what is to be logged: %w", err)}
		}
		if err := l.cfg.failAt("decided"); err != nil {
			return 0, &appendError{err}
		}
		if err := l.carriedOut.Wait(ctx, e.Seq); err != nil {
			return 0, err
		}
		if l.valid(e.Seq) {
			return size, nil
		}
	}
}

// mayAppend is the log's size by the instructions carried out so far, if there is
// no reason not to go on from it.
func (l *Logger) mayAppend(ctx context.Context, until int64, still func(size int64) error) (int64, error) {
	l.mu.Lock()
	unlogged := (*appendError)(nil)
	if err := l.failing; l.index == nil || err != nil && !errors.As(err, &unlogged) {
		l.mu.Unlock()
		return 0, fmt.Errorf("the public log stands still: %w", err)
	}
	size, pending := l.index.instructed().index, l.until
	err := still(size)
	l.mu.Unlock()
	switch {
	case err != nil:
		return 0, err
	case pending > size && until != pending:
		return 0, &appendError{errOlder}
	case size > 0 || until > 0:
		return size, nil
	}
	first, err := ledger.At(ctx, l.cfg.Source, 1)
	switch {
	case errors.Is(err, ledger.ErrNoEntry):
		return 0, nil
	case err == nil && first.Kind != l.cfg.Shared.Began:
		err = &appendError{errOlder}
	}
	return 0, err
}

// valid says whether an instruction that was carried out was not void.
func (l *Logger) valid(seq ledger.Seq) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.index != nil && l.index.carriedOut(seq)
}

// addShared is Add where the log is shared, on any node.
func (l *Logger) addShared(ctx context.Context, leaf []byte) (int64, error) {
	if err := l.size.Wait(ctx, 1); err != nil { // until the files are read
		return 0, fmt.Errorf("add to the public log: %w", err)
	}
	already := errors.New("it is there")
	var at int64
	index, err := l.decide(ctx, [][]byte{leaf}, 0, func(int64) error {
		if i, logged := l.manifests[string(leaf)]; logged {
			at = i
			return already
		}
		return nil
	})
	if errors.Is(err, already) {
		return at, nil
	}
	if err != nil {
		return 0, fmt.Errorf("add to the public log: %w", err)
	}
	return index, nil
}
