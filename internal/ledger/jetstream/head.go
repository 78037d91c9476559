package jetstream

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// A node looks for what others appended as soon as it is told, then again
// after lookSoon, doubling, as its copy may be behind; and every lookAgain,
// since who appended may have died before it told.
const (
	lookSoon  = time.Millisecond
	lookAgain = 250 * time.Millisecond
)

// Head is the last entry that this node knows to be on a majority of disks.
func (l *Ledger) Head(ctx context.Context) (ledger.Head, error) {
	head, _, err := l.watch(ctx)
	if err != nil {
		return ledger.Head{}, fmt.Errorf("read the ledger's head: %w", err)
	}
	return head, nil
}

// Wait returns as soon as the head's seq is greater than after, with the
// context's error, or with [ledger.ErrClosed].
func (l *Ledger) Wait(ctx context.Context, after ledger.Seq) error {
	for {
		head, changed, err := l.watch(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("wait for entries after %d: %w", after, err)
		case head.Seq > after:
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
		case <-l.life.Done():
		}
	}
}

// watch gives the head and a channel that is closed when it moves.
func (l *Ledger) watch(ctx context.Context) (ledger.Head, <-chan struct{}, error) {
	switch {
	case ctx.Err() != nil:
		return ledger.Head{}, nil, ctx.Err()
	case l.life.Err() != nil:
		return ledger.Head{}, nil, ledger.ErrClosed
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last.head, l.changed, nil
}

// publish moves the head, never back, and wakes every follower. The anchor moves
// first, also for what other nodes appended: a copy that has lost its end may
// lead the stream one day, and whoever knew more must not go on from there.
// Without the anchor a loss could go unseen, so nothing is appended any more.
func (l *Ledger) publish(p place) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.head.Seq <= l.last.head.Seq {
		return
	}
	if err := l.anchor.Write(p.head); err != nil {
		_ = l.queue.Refuse(fmt.Errorf("%w: %w", ledger.ErrUnavailable, err))
	}
	l.last = p
	close(l.changed)
	l.changed = make(chan struct{})
}

// tell lets the other nodes know of a new head: 8 bytes, its seq, big-endian.
// It is a hint: what it says is looked up.
func (l *Ledger) tell(h ledger.Head) {
	if l.node.copies > 1 {
		_ = l.writes.Publish(l.names.head, binary.BigEndian.AppendUint64(nil, uint64(h.Seq)))
	}
}

// hear is told by another node, or by this one.
func (l *Ledger) hear(m *nats.Msg) {
	if len(m.Data) != 8 {
		return
	}
	seq := ledger.Seq(binary.BigEndian.Uint64(m.Data))
	l.mu.Lock()
	news := seq > l.last.head.Seq
	if news {
		l.told = max(l.told, seq)
	}
	l.mu.Unlock()
	if news {
		select {
		case l.heard <- struct{}{}:
		default:
		}
	}
}

// behind says whether another node told of more than this one has found.
func (l *Ledger) behind() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.told > l.last.head.Seq
}

// follow finds what other nodes append. With one copy there are no others.
func (l *Ledger) follow() {
	if l.node.copies == 1 {
		return
	}
	pause := lookAgain
	for {
		select {
		case <-l.heard:
			pause = lookSoon
		case <-time.After(pause):
		case <-l.life.Done():
			return
		}
		if last, err := l.lastOfNearest(l.life); err == nil {
			l.publish(last)
		}
		pause = min(2*pause, lookAgain)
		if !l.behind() {
			pause = lookAgain
		}
	}
}
