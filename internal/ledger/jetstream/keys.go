package jetstream

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// keyLength is the length of a key in bytes.
const keyLength = 32

// Keys are the keys of a hub's sealed entries, as all its nodes have them: the
// stream "ledger-keys", of which message n is key n, 32 random bytes. It is the
// one stream of which messages can be deleted: that is how a key is destroyed.
// It implements sealed.Supply. Its methods may be called at once.
type Keys struct {
	l *Ledger
}

// Keys opens the stream of the ledger's keys and creates it if the cluster has
// none. It waits for the nodes that it needs until the context ends.
func (l *Ledger) Keys(ctx context.Context) (*Keys, error) {
	if l.names.stream != DefaultName { // a node's rights are for this one: see permissions
		return nil, fmt.Errorf("open the keys of ledger %s: %w: only the ledger %s has keys", l.names.stream, ledger.ErrInvalid, DefaultName)
	}
	if _, err := l.openStream(ctx, l.names.keysConfig(l.node.copies)); err != nil {
		return nil, fmt.Errorf("open the keys of ledger %s: %w", l.names.stream, err)
	}
	return &Keys{l}, nil
}

// Draw makes n random keys, at most [MaxBatch], and returns once a majority of
// the nodes has them on disk: the number of the first, and the keys one behind
// the other. Nobody else is ever given one of these numbers. A draw that fails
// may have used up numbers; their keys seal nothing.
func (k *Keys) Draw(ctx context.Context, n int) (first uint64, keys []byte, err error) {
	if n < 1 || n > MaxBatch {
		return 0, nil, fmt.Errorf("draw keys: %w: %d at once, from 1 to %d are allowed", ledger.ErrInvalid, n, MaxBatch)
	}
	var last ledger.Seq
	err = k.l.patiently(ctx, func() (err error) {
		// Each try has keys of its own: where the answer to one was lost,
		// what it stored is never used.
		keys = make([]byte, n*keyLength)
		rand.Read(keys) // it never fails
		last, err = k.store(ctx, keys, nil)
		return err
	})
	if err != nil {
		return 0, nil, fmt.Errorf("draw keys: %w", err)
	}
	return uint64(last) - uint64(n) + 1, keys, nil
}

// store appends the keys as one atomic batch, with expected only if that is the
// number of the last key, and gives the number of the last of them.
func (k *Keys) store(ctx context.Context, keys []byte, expected *uint64) (ledger.Seq, error) {
	return k.l.store(ctx, len(keys)/keyLength, 0, func(i int) *nats.Msg {
		m := &nats.Msg{Subject: k.l.names.key, Data: keys[i*keyLength:][:keyLength], Header: nats.Header{}}
		if i == 0 && expected != nil {
			m.Header.Set(headerExpected, strconv.FormatUint(*expected, 10))
		}
		return m
	})
}
