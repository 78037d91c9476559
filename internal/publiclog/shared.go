package publiclog

import (
	"context"
	"errors"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Shared is the ledger of a hub of several nodes, each with a copy of the log and
// its keys. Two of them must never sign different trees, so what is logged is on
// the ledger first, as instructions, and every node carries them out in the
// ledger's order: whoever writes them, their logs are beginnings of one another.
// That one node leads only saves instructions that are void.
type Shared struct {
	// Lead waits until this node leads and its views have folded what was before.
	// The context that it gives ends when it leads no longer.
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
		err = l.lead(ctx, term)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case term.Err() == nil && !errors.Is(err, errMoved):
			return err
		}
	}
}

// lead does so while both contexts last.
func (l *Logger) lead(whole, term context.Context) error {
	ctx, stop := context.WithCancel(term)
	defer stop()
	defer context.AfterFunc(whole, stop)()
	if err := l.adopt(ctx); err != nil {
		return err
	}
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
