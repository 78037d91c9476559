package jetstream

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/paged"
)

// A page ends with the first of these reached.
const (
	pageEntries = 512
	pageBytes   = 1 << 20
)

var (
	// errBehind says that the nearest copy does not have what is known to be there.
	errBehind = errors.New("this node's copy is behind")
	// errHole says that it has later messages, and not this one.
	errHole = errors.New("this node's copy has a gap")
)

// holes is how many times in a row a copy shows a gap before that is damage. A
// copy that is catching up shows none, but two questions may be answered by
// two copies of which one is.
const holes = 10

// fetch asks the nearest copy for at most n messages from the given number on.
// With numbers it also tells each one's number; otherwise the records have to.
// Fewer than are known to be there may come, but never none: that is errBehind
// or errHole, or damage where there is no other copy.
func (l *Ledger) fetch(ctx context.Context, from ledger.Seq, n int, numbers bool) ([]message, error) {
	page, err := l.nearest(ctx, l.names.stream, from, n, numbers)
	if err != nil || len(page) > 0 {
		return page, err
	}
	if l.node.copies == 1 {
		return nil, &paged.Damage{Seq: from, Cause: fmt.Errorf("%w: it was acknowledged but is missing", ledger.ErrCorrupt)}
	}
	if last, err := l.lastOfNearest(ctx); err == nil && last.head.Seq >= from {
		return nil, errHole
	}
	return nil, errBehind
}

// nearest asks the nearest copy of a stream for at most n messages from the
// given number on; there may be none.
func (l *Ledger) nearest(ctx context.Context, stream string, from ledger.Seq, n int, numbers bool) ([]message, error) {
	body, err := json.Marshal(get{Seq: from, Batch: n, MaxBytes: pageBytes, NoHeaders: !numbers})
	if err != nil {
		return nil, err
	}
	inbox := l.reads.NewInbox()
	answers, err := l.reads.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer answers.Unsubscribe() //nolint:errcheck // the connection may be gone, and the answers with it
	if err := l.reads.PublishRequest(apiCopy+stream, inbox, body); err != nil {
		return nil, err
	}
	return receive(ctx, answers, n, numbers)
}

// receive gathers the messages of one answer up to its end mark.
func receive(ctx context.Context, answers *nats.Subscription, n int, numbers bool) ([]message, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	page := make([]message, 0, n)
	for {
		m, err := answers.NextMsgWithContext(ctx)
		if err != nil {
			return nil, err
		}
		switch status := m.Header.Get(headerStatus); status {
		case "":
		case "204", "404": // the end of the page; nothing there
			return page, nil
		default:
			return nil, fmt.Errorf("JetStream answers with %s %s", status, m.Header.Get("Description"))
		}
		got := message{Data: m.Data}
		if numbers {
			if _, err := fmt.Sscan(m.Header.Get(headerSeq), &got.Seq); err != nil {
				return nil, fmt.Errorf("read the number of a message: %w", err)
			}
		}
		page = append(page, got)
	}
}

// fetchKnown is fetch for messages that are known to be there: it waits for
// the copy that has them.
func (l *Ledger) fetchKnown(ctx context.Context, from ledger.Seq, n int, numbers bool) (page []message, err error) {
	// A cancelled reader may not have to wait for the answer to notice.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(l.life, func() { cancel(ledger.ErrClosed) })()
	seen := 0
	err = l.patiently(ctx, func() (err error) {
		page, err = l.fetch(ctx, from, n, numbers)
		if errors.Is(err, errHole) {
			if seen++; seen == holes {
				err = &paged.Damage{Seq: from, Cause: fmt.Errorf("%w: it is missing from this node's copy", ledger.ErrCorrupt)}
			}
		}
		return err
	})
	switch {
	case err == nil:
	case l.life.Err() != nil: // and not what the closed connection says
		err = ledger.ErrClosed
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	return page, err
}
