package jetstream

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Refill runs a node until its copy has everything that the cluster had when it
// joined: of the ledger, and of every other stream. It gives the last entry that
// the leader had then, which is the anchor's or a later one. Progress is told how
// many entries are here, and how many there are; it may be nil. Nobody is served:
// only a node that is whole can be started otherwise: see [Stored.Finish]. It fails with
// [ledger.ErrCorrupt] if the copy gets nothing though it is not whole.
func Refill(ctx context.Context, cfg NodeConfig, progress func(have, of ledger.Seq)) (ledger.Head, error) {
	cfg.unfinished = true
	node, err := Start(cfg)
	if err != nil {
		return ledger.Head{}, err
	}
	defer node.Close()
	l, err := prepare(ctx, node, Options{})
	if err != nil {
		return ledger.Head{}, fmt.Errorf("fill the copy of node %s: %w", node.Name(), err)
	}
	err = l.fill(ctx, progress)
	if err := errors.Join(err, l.release()); err != nil {
		return ledger.Head{}, fmt.Errorf("fill the copy of node %s: %w", node.Name(), err)
	}
	return l.tip.head, nil
}

// fill waits for this node's copies of all streams.
func (l *Ledger) fill(ctx context.Context, progress func(have, of ledger.Seq)) error {
	needed := map[string]ledger.Seq{l.names.stream: l.tip.head.Seq}
	moved, before := time.Now(), map[string]ledger.Seq(nil)
	for ctx.Err() == nil {
		have, err := l.node.copiesOf(needed)
		if err != nil {
			return err
		}
		own := have[l.names.stream]
		if progress != nil {
			progress(min(own, l.tip.head.Seq), l.tip.head.Seq)
		}
		if l.whole(ctx, have, needed) {
			return nil
		}
		if !maps.Equal(have, before) {
			moved, before = time.Now(), have
		}
		if time.Since(moved) > stuckTime {
			return fmt.Errorf("%w: the copy stands at entry %d of %d, and gets nothing from the other nodes for %s", ledger.ErrCorrupt, own, l.tip.head.Seq, stuckTime)
		}
		l.pause(ctx, tryAgain)
	}
	return ctx.Err()
}

// stuckTime is far longer than nodes need to begin with what one of them lacks.
const stuckTime = time.Minute

// whole says whether this node has of every stream what the leaders had when they
// were asked first, which is noted in needed.
func (l *Ledger) whole(ctx context.Context, have, needed map[string]ledger.Seq) bool {
	whole := l.node.server.JetStreamIsCurrent()
	for stream, seq := range have {
		if _, known := needed[stream]; !known {
			info, err := l.streamInfo(ctx, stream, false)
			if err != nil {
				whole = false // it is asked again
				continue
			}
			needed[stream] = info.State.Last
		}
		whole = whole && seq >= needed[stream] && l.node.server.JetStreamIsStreamCurrent(globalAccount, stream)
	}
	return whole
}

// globalAccount is the server's account of all streams.
const globalAccount = "$G"

// copiesOf gives the last message of each stream that this node has a copy of,
// and of those that it needs to have.
func (n *Node) copiesOf(needed map[string]ledger.Seq) (map[string]ledger.Seq, error) {
	have := make(map[string]ledger.Seq)
	for stream := range needed {
		have[stream] = 0
	}
	detail, err := n.server.JszAccount(&server.JSzOptions{Account: globalAccount, Streams: true})
	if err != nil {
		return nil, err
	}
	for _, s := range detail.Streams {
		have[s.Name] = ledger.Seq(s.State.LastSeq)
	}
	return have, nil
}
