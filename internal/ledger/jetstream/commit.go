package jetstream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/queue"
)

// The pause before something is tried again: that a cluster without a leader
// did not do; for which another node's append is on its way to the place.
const (
	tryAgain = 50 * time.Millisecond
	trySoon  = 2 * time.Millisecond
)

// write is the writer goroutine.
func (l *Ledger) write() {
	defer close(l.done)
	for {
		group := l.queue.Group(groupEntries, groupBytes)
		if len(group) == 0 {
			return
		}
		l.giveWay()
		l.commit(group)
		queue.Finish(group)
	}
}

// commit makes the group durable and gives each append its outcome.
func (l *Ledger) commit(group []*queue.Append) {
	if err := l.queue.Refusal(); err != nil {
		queue.Fail(group, err)
		return
	}
	for asked := false; ; {
		b, doubt, err := l.seal(group)
		if doubt && !asked && l.node.copies > 1 {
			asked, err = true, l.refresh(context.Background())
			if err == nil {
				continue
			}
		}
		if err == nil && len(b.parts) == 0 {
			return
		}
		ours := false
		if err == nil {
			ours, err = l.settle(context.Background(), b)
		}
		switch {
		case err != nil:
			queue.Fail(group, l.refuse(err))
			return
		case ours:
			l.acknowledge(b)
			l.led(group)
			return
		}
	}
}

// refresh asks the leader for the stream's last entry.
func (l *Ledger) refresh(ctx context.Context) error {
	return l.patiently(ctx, func() error {
		last, err := l.lastOfLeader(ctx)
		if err == nil {
			if last.head.Seq > l.tip.head.Seq {
				l.tip, l.term = last, 0
			}
			l.publish(last)
		}
		return err
	})
}

// settle sends the batch until it is known what came after the entry that it
// is sealed onto, and says whether that is the batch. If it is not, the writer
// knows the stream's last entry anew. It gives up when the ledger's patience,
// and what a large batch needs beside it, are over.
//
// Without an answer it sends again, at once as to a new leader: if an earlier
// sending was stored, that one refuses, and only a refusal is looked into.
func (l *Ledger) settle(ctx context.Context, b *batch) (ours bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, l.patience+b.allowance())
	defer cancel()
	for {
		err := l.send(ctx, b)
		if err == nil || errors.Is(err, ledger.ErrCorrupt) {
			return err == nil, err
		}
		pause := tryAgain
		if refused := new(apiError); errors.As(err, &refused) {
			if refused.Code == codeMoved || refused.Code == codeMovedToo {
				pause = trySoon
				l.askTurn()
			}
			found, ours, looked := l.look(ctx, b)
			if looked == nil && found || errors.Is(looked, ledger.ErrCorrupt) {
				return ours, looked
			}
			err = errors.Join(err, looked)
		}
		if ctx.Err() != nil {
			return false, err
		}
		l.pause(ctx, pause)
	}
}

// look asks the leader whether anything was found behind the entry that the
// batch is sealed onto, and whether that is the batch, which is stored whole or
// not at all. If it is another's, the writer goes on from the stream's last entry.
func (l *Ledger) look(ctx context.Context, b *batch) (found, ours bool, err error) {
	last, err := l.lastOfLeader(ctx)
	if err != nil || last.head.Seq <= b.after.head.Seq {
		return false, false, err
	}
	first, err := l.ofLeader(ctx, get{Seq: b.after.head.Seq + 1})
	switch {
	case err != nil:
		return false, false, err
	case first == nil || first.writer() != b.id:
		l.tip, l.term = last, 0
		l.publish(last)
		return true, false, nil
	case last.head.Seq < b.end.head.Seq:
		return false, false, fmt.Errorf("%w: entries %d to %d were appended as one, but the last one is %d",
			ledger.ErrCorrupt, b.after.head.Seq+1, b.end.head.Seq, last.head.Seq)
	}
	return true, true, nil
}

// acknowledge notes that the batch is on a majority of disks.
func (l *Ledger) acknowledge(b *batch) {
	l.tip = b.end
	l.publish(b.end)
	l.tell(b.end.head)
}

// refuse turns an error into the appenders'. A stream that broke its word is
// not appended to any more.
func (l *Ledger) refuse(cause error) error {
	if errors.Is(cause, ledger.ErrCorrupt) {
		return l.queue.Refuse(fmt.Errorf("%w: stopped taking entries: %w", ledger.ErrUnavailable, cause))
	}
	return fmt.Errorf("%w: no majority of the nodes has acknowledged within %s; whether they were appended is open: %w",
		ledger.ErrUnavailable, l.patience, cause)
}
