// Package jetstream is the engine of the ledger for more than one machine: one
// stream of NATS JetStream, kept by as many nodes as it has copies. The nodes
// are embedded servers, one in each hub (see [Start]).
//
// # What is stored
//
// Entry n is message n of the stream "ledger". Its subject is
// "tocsin.ledger.entry." and the kind with '_' for '.', and its payload
//
//	offset  size  field
//	0       32    the entry's hash
//	32      ..    the entry's record, as package ledger specifies it
//
// so that the bytes that are hashed, and the hashes, are those of every other
// engine. The file ledger.head beside the server's is the anchor: the last
// entry that this node knows to be on a majority of disks (see package anchor).
//
// # Order of an append
//
//  1. the writer takes every waiting append into one batch, sealed onto the
//     last entry that it knows
//  2. the batch is published as one atomic batch, on condition that the
//     stream's last message is still that entry
//  3. the leader of the stream acknowledges it when a majority of the copies
//     has it on disk
//  4. the anchor is written, the head moves, followers wake, other nodes are told
//  5. the appends are acknowledged
//
// Writers of several nodes meet at step 2: one of them wins the place, and the
// others seal what they have onto its entries, or fail if they led: see [Ledger.Lead]. An acknowledgement that does not
// come says nothing, so the writer looks what is in the place, and as long as
// nothing is, sends the same bytes again: two of them cannot both find the
// place free.
//
// # What is refused
//
// A server that acknowledges before it has synced, and a stream that can lose
// messages by age, count, size, deletion or purge (see config.go).
package jetstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/anchor"
	"github.com/tocsin-project/tocsin/internal/ledger/queue"
)

// defaultPatience is longer than a cluster takes to choose a new leader.
const defaultPatience = 15 * time.Second

// Options of a ledger; the zero value is ready to use.
type Options struct {
	Name     string           // of the ledger in its cluster; empty: [DefaultName]
	Clock    func() time.Time // when an entry is accepted; nil: time.Now
	Patience time.Duration    // how long an append or a read waits for the nodes that it needs; 0: 15 s
}

// Ledger is the stream as one node sees it; it implements [ledger.Ledger].
type Ledger struct {
	node     *Node
	names    names
	patience time.Duration
	life     context.Context // ends with Close
	end      context.CancelFunc
	queue    *queue.Queue
	done     chan struct{} // closed when the writer has ended

	writes *nats.Conn // of the writer and of what nodes tell each other
	reads  *nats.Conn // apart, so that acknowledgements do not queue behind pages

	// What follows belongs to the writer.
	clock func() time.Time
	tip   place      // the stream's last entry as far as the writer knows
	term  ledger.Seq // under which this node leads; 0: it does not

	heard chan struct{} // holds a token if another node says that it appended
	turn  chan struct{} // holds a token if another node says that it was refused

	mu      sync.Mutex // guards what follows
	anchor  *anchor.Anchor
	last    place         // the last entry that this node knows of
	told    ledger.Seq    // that another node says there is
	changed chan struct{} // closed and replaced when last moves
}

// place is an entry that another one can be sealed onto.
type place struct {
	head ledger.Head
	time time.Time
}

var _ ledger.Ledger = (*Ledger)(nil)

// Open opens the node's ledger and creates it if the cluster has none. It waits
// for the nodes that it needs until the context ends. It fails with
// [ledger.ErrCorrupt] if entries that were acknowledged here are missing.
func Open(ctx context.Context, node *Node, opts Options) (*Ledger, error) {
	l, err := prepare(ctx, node, opts)
	if err != nil {
		return nil, fmt.Errorf("open ledger of node %s: %w", node.Name(), err)
	}
	_, err = l.writes.Subscribe(l.names.head, l.hear)
	if err == nil {
		_, err = l.writes.Subscribe(l.names.turn, l.asked)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger of node %s: %w", node.Name(), err), l.release())
	}
	go l.write()
	go l.follow()
	return l, nil
}

// prepare gives a ledger that knows where to go on, but has no writer.
func prepare(ctx context.Context, node *Node, opts Options) (_ *Ledger, err error) {
	l := &Ledger{
		node: node, clock: opts.Clock, patience: cmp.Or(opts.Patience, defaultPatience), queue: queue.New(),
		done: make(chan struct{}), heard: make(chan struct{}, 1), turn: make(chan struct{}, 1), changed: make(chan struct{}),
	}
	if l.clock == nil {
		l.clock = time.Now
	}
	if l.names, err = namesOf(cmp.Or(opts.Name, DefaultName)); err != nil {
		return nil, err
	}
	l.life, l.end = context.WithCancel(context.Background())
	defer func() {
		if err != nil {
			err = errors.Join(err, l.release())
		}
	}()
	if l.writes, err = node.connect(); err != nil {
		return nil, err
	}
	if l.reads, err = node.connect(); err != nil {
		return nil, err
	}
	info, err := l.openStream(ctx, l.names.config(node.copies))
	if err == nil {
		err = info.whole()
	}
	if err != nil {
		return nil, err
	}
	return l, l.recover(ctx)
}

// Append adds the drafts: see [ledger.Ledger]. At most [MaxBatch] of them, with
// [MaxBatchBytes] in all.
func (l *Ledger) Append(ctx context.Context, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	return l.append(ctx, 0, expected, drafts)
}

func (l *Ledger) append(ctx context.Context, term, expected ledger.Seq, drafts []ledger.Draft) ([]ledger.Entry, error) {
	bytes := 0
	for _, d := range drafts {
		bytes += len(d.Audience) + len(d.Body)
	}
	if len(drafts) > MaxBatch || bytes > MaxBatchBytes {
		return nil, fmt.Errorf("append to ledger: %w: %d drafts with %d bytes at once, at most %d with %d bytes are allowed",
			ledger.ErrInvalid, len(drafts), bytes, MaxBatch, MaxBatchBytes)
	}
	return l.queue.AppendUnder(ctx, term, expected, drafts...)
}

// Close finishes the appends that wait and ends readers and followers with
// [ledger.ErrClosed]. The node goes on. Closing twice is harmless.
func (l *Ledger) Close() error {
	if !l.queue.Close() {
		return nil
	}
	<-l.done
	if err := l.release(); err != nil {
		return fmt.Errorf("close ledger of node %s: %w", l.node.Name(), err)
	}
	return nil
}

// release closes what is open.
func (l *Ledger) release() error {
	l.end()
	for _, conn := range []*nats.Conn{l.writes, l.reads} {
		if conn != nil {
			conn.Close()
		}
	}
	if l.anchor != nil {
		return l.anchor.Close()
	}
	return nil
}
