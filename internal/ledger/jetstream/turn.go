package jetstream

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
)

// turnTime is how long a writer gives way at most. A node that was refused
// needs a few questions to the leader before it can send again.
const turnTime = 20 * time.Millisecond

// The node beside the stream's leader hears first that a place was taken, and
// would win every next one. So who is refused says so to the others, and
// whoever wins lets one other append go before its own next.

// askTurn tells the other nodes that this one was refused.
func (l *Ledger) askTurn() {
	if l.node.copies > 1 {
		_ = l.writes.Publish(l.names.turn, []byte(l.node.Name()))
	}
}

// asked is told by a node that was refused.
func (l *Ledger) asked(m *nats.Msg) {
	if string(m.Data) == l.node.Name() {
		return
	}
	select {
	case l.turn <- struct{}{}:
	default:
	}
}

// giveWay waits, if another node was refused, until one has appended.
func (l *Ledger) giveWay() {
	select {
	case <-l.turn:
	default:
		return
	}
	ctx, cancel := context.WithTimeout(l.life, turnTime)
	defer cancel()
	_ = l.Wait(ctx, l.tip.head.Seq) // ends with an entry, or the time
}

// newest is the later of the entry that the writer knows and what this node has
// heard of since.
func (l *Ledger) newest() place {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last.head.Seq > l.tip.head.Seq {
		return l.last
	}
	return l.tip
}
