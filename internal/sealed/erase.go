package sealed

import (
	"context"
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// stride is over how many entries that nobody asked for reading goes on
// rather than beginning anew: an engine reads a page at a time anyway.
const stride = 64

// Erase destroys the keys of the entries, so that nobody can read their bodies
// any more, and returns once that is on disk. The caller has appended before
// what is erased and why. Erasing again changes nothing. An entry that is not
// there or is not sealed is [ledger.ErrInvalid], and then nothing is erased.
func (l *Ledger) Erase(ctx context.Context, entries ...ledger.Seq) error {
	numbers, err := l.KeysOf(ctx, entries)
	if err == nil {
		err = l.keys.destroyNamed(ctx, numbers)
	}
	if err != nil {
		return fmt.Errorf("erase %d entries: %w", len(entries), err)
	}
	return nil
}

// KeysOf reads the numbers of the keys of the entries, one for each in the
// order of their places in the ledger. It reads most cheaply where the entries
// lie close together, so ask for many at once.
func (l *Ledger) KeysOf(ctx context.Context, entries []ledger.Seq) ([]uint64, error) {
	entries = slices.Compact(slices.Sorted(slices.Values(entries)))
	numbers := make([]uint64, 0, len(entries))
	for len(entries) > 0 {
		some, err := l.keysFrom(ctx, entries)
		if err != nil {
			return nil, fmt.Errorf("find the keys of entries: %w", err)
		}
		numbers = append(numbers, some...)
		entries = entries[len(some):]
	}
	return numbers, nil
}

// keysFrom gives the keys of the first of the entries, at least of one.
func (l *Ledger) keysFrom(ctx context.Context, wanted []ledger.Seq) (numbers []uint64, err error) {
	if wanted[0] == 0 {
		return nil, fmt.Errorf("%w: there is no entry 0", ledger.ErrInvalid)
	}
	for e, err := range l.inner.Read(ctx, wanted[0]-1) {
		if err != nil {
			return nil, err
		}
		if e.Seq != wanted[0] {
			continue
		}
		if !isSealed(e.Body) {
			return nil, fmt.Errorf("%w: entry %d, a %s, is not sealed: it cannot be erased", ledger.ErrInvalid, e.Seq, e.Kind)
		}
		p, err := parse(e.Body)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		numbers, wanted = append(numbers, p.key), wanted[1:]
		if len(wanted) == 0 || wanted[0]-e.Seq > stride {
			return numbers, nil
		}
	}
	return nil, fmt.Errorf("%w: there is no entry %d", ledger.ErrInvalid, wanted[0])
}
