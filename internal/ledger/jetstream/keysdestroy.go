package jetstream

import (
	"context"
	"errors"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// erase asks for a message to be deleted, and its bytes with it.
type erase struct {
	Seq   ledger.Seq `json:"seq"`
	Leave bool       `json:"no_erase"` // false: the bytes are replaced by random ones
}

// Destroy deletes the keys, and has each node replace their bytes in the
// stream's file. It returns once a majority has noted that on disk; the others,
// and a node that is away, follow. Keys destroyed before stay so. A number that
// was never used is [ledger.ErrInvalid], and then no key is destroyed.
//
// For a while a node's replication log holds the bytes still: see docs/nodes.md.
func (k *Keys) Destroy(ctx context.Context, numbers ...uint64) error {
	if err := k.destroy(ctx, numbers); err != nil {
		return fmt.Errorf("destroy %d keys: %w", len(numbers), err)
	}
	return nil
}

func (k *Keys) destroy(ctx context.Context, numbers []uint64) error {
	r := keyReading{k: k}
	if err := r.refresh(ctx); err != nil {
		return err
	}
	for _, n := range numbers {
		if n == 0 || n > uint64(r.state.Last) {
			return fmt.Errorf("%w: key %d was never used, the last is %d", ledger.ErrInvalid, n, r.state.Last)
		}
	}
	for _, n := range numbers {
		if r.state.gone(ledger.Seq(n)) {
			continue
		}
		if err := k.l.patiently(ctx, func() error { return k.erase(ctx, ledger.Seq(n)) }); err != nil {
			return fmt.Errorf("key %d: %w", n, err)
		}
	}
	return nil
}

// erase deletes one message. A refusal is looked into: an earlier question, the
// answer to which was lost, may have done it.
func (k *Keys) erase(ctx context.Context, seq ledger.Seq) error {
	var answer struct {
		Success bool `json:"success"`
	}
	err := k.l.ask(ctx, apiErase+k.l.names.keys, erase{Seq: seq}, &answer)
	if err == nil && !answer.Success {
		err = errors.New("JetStream says neither that it deleted it nor why not")
	}
	if refused := new(apiError); errors.As(err, &refused) {
		if m, looked := k.l.ofLeaderOf(ctx, k.l.names.keys, get{Seq: seq}); looked != nil || m == nil {
			return looked
		}
	}
	return err
}
