package sealed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Join brings the file of a node up to the supply, and makes it if there is
// none: [Open] does so first. What was destroyed at the supply is destroyed in
// the file; what a crash left unwritten at its end is written. It fails with
// [ledger.ErrCorrupt] if the file has keys that are not the supply's.
func (k *Keyring) Join(ctx context.Context) error {
	if !k.exists() {
		if err := k.create(); err != nil {
			return err
		}
	}
	if err := k.join(ctx); err != nil {
		return fmt.Errorf("bring keys file %s up to the nodes' keys: %w", k.path, err)
	}
	return nil
}

func (k *Keyring) join(ctx context.Context) error {
	if err := k.cutTorn(); err != nil {
		return err
	}
	if err := k.mend(ctx); err != nil {
		return err
	}
	if err := k.wipeDestroyed(ctx); err != nil {
		return err
	}
	for some := true; some; {
		var err error
		if some, err = k.advance(ctx); err != nil {
			return err
		}
	}
	return nil
}

// cutTorn cuts off a slot of which a crash has left only a part: here it is
// the copy of a key that another node may have used.
func (k *Keyring) cutTorn() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.usable(); err != nil {
		return err
	}
	info, err := k.file.Stat()
	if err != nil || info.Size()%keyLength == 0 {
		return err
	}
	k.slots = uint64(info.Size())/keyLength - 1
	return k.file.Truncate(offset(k.slots + 1))
}

// mend compares the slots that were written last with the supply's keys. A
// crash may have left zeros in these, which must not pass for destroyed keys.
func (k *Keyring) mend(ctx context.Context) error {
	end := k.count()
	begin := end - min(end, fillKeys)
	theirs, err := k.theirs(ctx, begin, end)
	if err != nil {
		return err
	}
	defer clear(theirs)
	if n := uint64(len(theirs) / keyLength); n < end-begin {
		return fmt.Errorf("%w: it has %d keys and the nodes have %d: if it is the file of a hub on one machine, "+
			"'tocsin ledger copy' brings its keys to the nodes", ledger.ErrCorrupt, end, begin+n)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	ours, err := k.slotsFrom(begin+1, int(end-begin)) // at most fillKeys
	if err != nil {
		return err
	}
	defer clear(ours)
	if bytes.Equal(ours, theirs) {
		return nil
	}
	for n := begin + 1; n <= end; n++ {
		one, other := slot(ours, n-begin), slot(theirs, n-begin)
		if !bytes.Equal(one, other) && !isDestroyed(one) && !isDestroyed(other) {
			return fmt.Errorf("%w: its key %d is another one than the nodes'", ledger.ErrCorrupt, n)
		}
	}
	if _, err := k.file.WriteAt(theirs, offset(begin+1)); err != nil {
		return fmt.Errorf("%w: %w", ledger.ErrUnavailable, err)
	}
	return k.sync()
}

// theirs is the supply's keys behind begin up to end, or as many as it has: those that are
// missing are waited for, as fill does.
func (k *Keyring) theirs(ctx context.Context, begin, end uint64) ([]byte, error) {
	for deadline := time.Now().Add(supplyPatience); ; {
		keys, err := k.supply.Read(ctx, begin, int(end-begin)) // at most fillKeys
		if err != nil || uint64(len(keys)/keyLength) >= end-begin || time.Now().After(deadline) {
			return keys, err
		}
		clear(keys)
		select {
		case <-time.After(supplyPause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// slot is the n-th of the keys, from 1.
func slot(keys []byte, n uint64) []byte { return keys[(n-1)*keyLength:][:keyLength] }

// wipeDestroyed destroys in the file what was destroyed at the supply.
func (k *Keyring) wipeDestroyed(ctx context.Context) error {
	numbers, err := k.supply.Destroyed(ctx)
	if err != nil {
		return err
	}
	var due []uint64
	for _, n := range numbers {
		if n > k.count() {
			continue
		}
		key, err := k.stored(n)
		if err != nil {
			return err
		}
		if key != nil {
			clear(key)
			due = append(due, n)
		}
	}
	if len(due) == 0 {
		return nil
	}
	return k.wipeShort(due)
}

// Read gives the slots of the file after the given number, at most so many, as
// they are: a destroyed key as zero bytes.
func (k *Keyring) Read(_ context.Context, after uint64, most int) ([]byte, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	switch {
	case k.closed:
		return nil, ledger.ErrClosed
	case k.file == nil || after >= k.slots || most < 1:
		return nil, nil
	}
	keys := make([]byte, keyLength*int(min(uint64(most), k.slots-after))) //nolint:gosec // at most most
	n, err := k.file.ReadAt(keys, offset(after+1))
	if err != nil && !errors.Is(err, io.EOF) { // the end is where a crash left a part of a slot: that was never used
		return nil, fmt.Errorf("%w: read keys from %s: %w", ledger.ErrUnavailable, k.path, err)
	}
	return keys[:n-n%keyLength], nil
}
