package sealed

import (
	"context"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// newest is among how many of the last entries the last sealed one is looked
// for first.
const newest = 64

// Open puts a ledger that seals the named kinds of entries before inner, and
// owns both inner and keys from then on if it succeeds. It fails with
// [ledger.ErrCorrupt] if keys cannot be the keys of this ledger: the file is
// missing although entries are sealed, or is another one, or an older copy.
// A ledger without any sealed entry gets a keys file if it has none; where keys
// are shared, every file is brought up to the supply first.
func Open(ctx context.Context, inner ledger.Ledger, keys *Keyring, kinds func(ledger.Kind) bool) (*Ledger, error) {
	if keys.supply != nil {
		if err := keys.Join(ctx); err != nil {
			return nil, fmt.Errorf("open sealed ledger: %w", err)
		}
	}
	if err := fits(ctx, inner, keys); err != nil {
		return nil, fmt.Errorf("open sealed ledger: %w", err)
	}
	if !keys.exists() {
		if err := keys.create(); err != nil {
			return nil, fmt.Errorf("open sealed ledger: %w", err)
		}
	}
	return &Ledger{inner: inner, keys: keys, kinds: kinds}, nil
}

// fits compares the keys with what is sealed.
func fits(ctx context.Context, inner ledger.Ledger, keys *Keyring) error {
	if keys.count() == 0 {
		return nothingSealed(ctx, inner, keys)
	}
	head, err := inner.Head(ctx)
	if err != nil {
		return err
	}
	// The last sealed entries have the highest numbers. They are near the end,
	// as a rule; if not, ever longer stretches before it are looked at.
	end := head.Seq
	for length := ledger.Seq(newest); end > 0; length *= 4 {
		begin := end - min(end, length)
		found, err := keys.opens(ctx, inner, begin, end)
		if err != nil || found {
			return err
		}
		end = begin
	}
	return nil
}

// nothingSealed is an error unless all of the ledger is in the clear.
func nothingSealed(ctx context.Context, inner ledger.Ledger, keys *Keyring) error {
	for e, err := range inner.Read(ctx, 0) {
		switch {
		case err != nil:
			return err
		case isSealed(e.Body):
			return fmt.Errorf("%w: entry %d is sealed and its key is not there: %s is missing or empty; "+
				"put the ledger's keys file back from its backup (without it nobody can read the sealed entries)",
				ledger.ErrCorrupt, e.Seq, keys.path)
		}
	}
	return nil
}

// opens tries the sealed entries from begin (exclusive) to end (inclusive),
// and says whether there are any.
func (k *Keyring) opens(ctx context.Context, inner ledger.Ledger, begin, end ledger.Seq) (found bool, err error) {
	for e, err := range inner.Read(ctx, begin) {
		if err != nil || e.Seq > end {
			return found, err
		}
		if !isSealed(e.Body) {
			continue
		}
		found = true
		if _, err := k.unseal(ctx, e); err != nil {
			return found, fmt.Errorf("entry %d: %w; put this ledger's keys file back from its newest backup", e.Seq, err)
		}
	}
	return found, nil
}

func (k *Keyring) exists() bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.file != nil
}

// count is how many keys the file has.
func (k *Keyring) count() uint64 {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.slots
}
