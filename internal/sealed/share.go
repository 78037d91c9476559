package sealed

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Supply is where the nodes of a cluster draw their keys from. What it gives
// two callers is never the same key. Errors are those of package ledger.
type Supply interface {
	// Draw makes n keys and gives the number of the first, and the keys one
	// behind the other, 32 bytes each.
	Draw(ctx context.Context, n int) (first uint64, keys []byte, err error)
	// Read gives at most so many keys after the given number, a destroyed one
	// as zero bytes, and fewer only if there are no more.
	Read(ctx context.Context, after uint64, most int) (keys []byte, err error)
	// Destroy destroys keys for good; again changes nothing. One that was
	// never drawn is [ledger.ErrInvalid], and then none is destroyed.
	Destroy(ctx context.Context, numbers ...uint64) error
	// Destroyed gives the numbers of the keys that were destroyed.
	Destroyed(ctx context.Context) ([]uint64, error)
}

const (
	// fillKeys are written to the file and synced at a time: what a crash may
	// leave unwritten.
	fillKeys = 8192
	// supplyPause is how long a key is waited for that the supply does not
	// have, before it is asked again.
	supplyPause = 20 * time.Millisecond
)

// Tests change these.
var (
	shareKeys = 1024 // drawn from the supply at a time: one round of the nodes for so many appends
	// supplyPatience is how long a key is waited for that an entry names and the
	// supply does not have: a leader that was just chosen may not know it yet.
	supplyPatience = 15 * time.Second
)

// sharing is the state of a keyring with a supply.
type sharing struct {
	drawing sync.Mutex // one draws, and the others use what it has drawn
	// filling is held from asking the supply until the file says the same;
	// it is taken before mu.
	filling sync.Mutex
	free    []span // drawn by this process and not given out; guarded by the keyring's mu
}

// span is numbers that follow each other, first to last.
type span struct{ first, last uint64 }

// Share makes the file this node's copy of the keys that several nodes draw
// from the supply, number for number. It is called before [Open].
func (k *Keyring) Share(s Supply) { k.supply = s }

// drawShared is draw where keys are shared.
func (k *Keyring) drawShared(ctx context.Context, n int) (first uint64, keys []byte, err error) {
	if first, keys, err = k.take(n); err != nil || first > 0 {
		return first, keys, err
	}
	k.shared.drawing.Lock()
	defer k.shared.drawing.Unlock()
	for { // what another one has drawn meanwhile may do
		if first, keys, err = k.take(n); err != nil || first > 0 {
			return first, keys, err
		}
		if err := k.restock(ctx, max(n, shareKeys)); err != nil {
			return 0, nil, fmt.Errorf("draw keys: %w", err)
		}
	}
}

// take gives n of the keys that were drawn, one behind the other; first is 0 if
// there are no such.
func (k *Keyring) take(n int) (first uint64, keys []byte, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.usable(); err != nil {
		return 0, nil, err
	}
	for i := range k.shared.free {
		s := &k.shared.free[i]
		if s.last-s.first+1 < uint64(n) {
			continue
		}
		first, s.first = s.first, s.first+uint64(n)
		if s.first > s.last {
			k.shared.free = append(k.shared.free[:i], k.shared.free[i+1:]...)
		}
		if keys, err = k.slotsFrom(first, n); err == nil {
			err = neverUsed(first, keys, k.path)
		}
		return first, keys, err
	}
	return 0, nil, nil
}

// restock draws n keys and has them in the file before any of them is used.
func (k *Keyring) restock(ctx context.Context, n int) error {
	first, keys, err := k.supply.Draw(ctx, n)
	if err != nil {
		return err
	}
	defer clear(keys)
	last := first + uint64(n) - 1
	if err := k.fill(ctx, last); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.usable(); err != nil {
		return err
	}
	stored, err := k.slotsFrom(first, n)
	if err != nil {
		return err
	}
	defer clear(stored)
	if !bytes.Equal(stored, keys) {
		return fmt.Errorf("%w: keys %d to %d were drawn, and %s has others: it is not a copy of the nodes' keys", ledger.ErrCorrupt, first, last, k.path)
	}
	k.shared.free = append(k.shared.free, span{first, last})
	return nil
}

// fill brings the file up to key n.
func (k *Keyring) fill(ctx context.Context, n uint64) error {
	for deadline := time.Now().Add(supplyPatience); k.count() < n; {
		some, err := k.advance(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("bring %s up to key %d: %w", k.path, n, err)
		case some:
			deadline = time.Now().Add(supplyPatience)
			continue
		case time.Now().After(deadline):
			return k.lacks(n, k.count())
		}
		select {
		case <-time.After(supplyPause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// advance reads what comes next at the supply and writes it to the file, and
// says whether there was anything.
func (k *Keyring) advance(ctx context.Context) (some bool, err error) {
	k.shared.filling.Lock()
	defer k.shared.filling.Unlock()
	keys, err := k.supply.Read(ctx, k.count(), fillKeys)
	if err != nil || len(keys) == 0 {
		return false, err
	}
	defer clear(keys)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.usable(); err != nil {
		return false, err
	}
	return true, k.put(keys)
}

// destroyShared destroys keys at the supply and then in the file. Keys that the
// file does not have yet come as zeros.
func (k *Keyring) destroyShared(ctx context.Context, numbers []uint64) error {
	if err := k.mayBeInEntries(numbers); err != nil {
		return err
	}
	if err := k.supply.Destroy(ctx, numbers...); err != nil {
		return err
	}
	// What is written to the file from now on was asked for after that.
	k.shared.filling.Lock()
	defer k.shared.filling.Unlock()
	return k.wipeShort(numbers)
}

// mayBeInEntries refuses numbers that this process has drawn and not given out.
func (k *Keyring) mayBeInEntries(numbers []uint64) error {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if err := k.usable(); err != nil {
		return err
	}
	for _, n := range numbers {
		for _, s := range k.shared.free {
			if n >= s.first && n <= s.last {
				return fmt.Errorf("%w: key %d was never used", ledger.ErrInvalid, n)
			}
		}
	}
	return nil
}

// wipeShort overwrites those of the slots that the file has.
func (k *Keyring) wipeShort(numbers []uint64) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.usable(); err != nil {
		return err
	}
	there := make([]uint64, 0, len(numbers))
	for _, n := range numbers {
		if n > 0 && n <= k.slots {
			there = append(there, n)
		}
	}
	return k.wipe(there)
}
