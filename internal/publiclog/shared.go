package publiclog

import (
	"context"
	"errors"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Shared is the ledger of a hub of several nodes, each with a copy of the log and
// its keys. Two of them must never sign different trees, so what is logged is on
// the ledger first, as instructions, and every node carries them out in the
// ledger's order: whoever writes them, their logs are beginnings of one another.
// That one node leads only saves instructions that are void.
type Shared struct {
	// Lead waits until this node leads and its views have folded what was before.
	// The context that it gives ends when it leads no longer, or with ctx.
	Lead func(ctx context.Context) (context.Context, error)
	// Append appends to the ledger, also on a node that does not lead. Whether it
	// did, an error leaves open.
	Append func(ctx context.Context, d ledger.Draft) (ledger.Entry, error)
	// Began is the kind of the entry with which a ledger begins whose hub had
	// several nodes from its first day on.
	Began ledger.Kind
}

var (
	// errMoved says that another node has logged what was to be logged.
	errMoved = errors.New("another node has logged meanwhile")
	// errOlder says that there is more than the ledger's instructions give, elsewhere.
	errOlder = errors.New("the log that this hub had before it had several nodes is not whole on the ledger, and not on this node: " +
		"copy the folder log from the node that has it, see docs/public-log.md")
)

// share carries out the ledger's instructions and, while this node leads, writes
// them, until the context ends or something goes wrong.
func (l *Logger) share(ctx context.Context) error {
	if err := l.resumeShared(ctx); err != nil {
		return err
	}
	if unlogged := (*appendError)(nil); !errors.As(l.Failing(), &unlogged) {
		l.fail(nil)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 2)
	go func() { ended <- l.carryOut(ctx) }()
	go func() { ended <- l.leading(ctx) }()
	err := <-ended
	stop()
	<-ended
	return err
}

// leading writes instructions whenever this node leads.
func (l *Logger) leading(ctx context.Context) error {
	for {
		term, err := l.cfg.Shared.Lead(ctx)
		if err != nil {
			return err
		}
		err = l.lead(term)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case term.Err() == nil && !errors.Is(err, errMoved):
			return err
		}
	}
}

// lead does so while the context lasts.
func (l *Logger) lead(ctx context.Context) error {
	if err := l.adopt(ctx); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		if len(l.known) > 0 {
			l.witnessing(ctx)
		}
	}()
	err := l.logAll(ctx)
	stop()
	<-asked
	return err
}

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

// Rotate gives the log one more key, or takes one away; see package translog. The
// keys of a log that several nodes keep do not change.
func (l *Logger) Rotate(ctx context.Context, revoke string) (vkey string, err error) {
	if l.cfg.Shared != nil {
		return "", fmt.Errorf("%w: the keys of a log that several nodes keep cannot be changed", access.ErrConflict)
	}
	if revoke == "" {
		return l.cfg.Log.AddKey(ctx)
	}
	return revoke, l.cfg.Log.RevokeKey(ctx, revoke)
}
