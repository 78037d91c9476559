package jetstream

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Read gives the keys after the given number, at most so many, one behind the
// other, and a destroyed one as 32 zero bytes. They end with the last key that
// there is by the word of the stream's leader. A key counts as destroyed by
// that word, too: the nearest copy, which the keys are read from, may have it
// still, or not have it yet.
func (k *Keys) Read(ctx context.Context, after uint64, most int) (keys []byte, err error) {
	r := keyReading{k: k}
	if err = r.refresh(ctx); err == nil && uint64(r.state.Last) > after && most > 0 {
		r.at, r.end = ledger.Seq(after), min(r.state.Last, ledger.Seq(after)+ledger.Seq(most))
		err = r.run(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("read keys after %d: %w", after, err)
	}
	return r.keys, nil
}

// Destroyed gives the numbers of all keys that were destroyed here, ascending.
func (k *Keys) Destroyed(ctx context.Context) ([]uint64, error) {
	r := keyReading{k: k}
	if err := r.refresh(ctx); err != nil {
		return nil, fmt.Errorf("list destroyed keys: %w", err)
	}
	var numbers []uint64
	for n := ledger.Seq(1); n < r.state.First && n <= r.state.Last; n++ {
		numbers = append(numbers, uint64(n))
	}
	for _, n := range r.state.Numbers { // of a stream that never had a message they are [0]
		if r.state.gone(n) && n >= max(r.state.First, 1) {
			numbers = append(numbers, uint64(n))
		}
	}
	return numbers, nil
}

// gone says whether message n was deleted.
func (s streamState) gone(n ledger.Seq) bool {
	if s.Lost != nil && slices.Contains(s.Lost.Numbers, n) {
		return false
	}
	_, found := slices.BinarySearch(s.Numbers, n)
	return found || n < s.First && n <= s.Last
}

// pageKeys are as many as are asked for at once: small messages.
const pageKeys = 4096

// keyReading is the state of one Read.
type keyReading struct {
	k     *Keys
	state streamState
	at    ledger.Seq // the last key that is in keys
	end   ledger.Seq // the last that is to be
	keys  []byte
}

// refresh asks the leader what there is and what was destroyed.
func (r *keyReading) refresh(ctx context.Context) error {
	return r.k.l.patiently(ctx, func() error {
		info, err := r.k.l.streamInfo(ctx, r.k.l.names.keys, true)
		if err == nil {
			r.state = info.State
		}
		return err
	})
}

// run reads page by page, and waits while the nearest copy is behind.
func (r *keyReading) run(ctx context.Context) error {
	for r.at < r.end {
		seen := 0
		err := r.k.l.patiently(ctx, func() error {
			err := r.page(ctx)
			if errors.Is(err, errBehind) || errors.Is(err, errHole) {
				if seen++; errors.Is(err, errHole) && seen >= holes {
					return fmt.Errorf("%w: key %d is missing, and nobody destroyed it", ledger.ErrCorrupt, r.at+1)
				}
				err = errors.Join(err, r.refresh(ctx)) // it may have been destroyed meanwhile
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// page takes what the nearest copy gives of the keys that are still to be read.
func (r *keyReading) page(ctx context.Context) error {
	n := int(min(pageKeys, r.end-r.at))
	page, err := r.k.l.nearest(ctx, r.k.l.names.keys, r.at+1, n, true)
	if err != nil {
		return err
	}
	for _, m := range page {
		if err := r.upTo(ctx, min(m.Seq-1, r.end)); err != nil {
			return err
		}
		if m.Seq > r.end {
			return nil
		}
		if err := r.add(m.Seq, m.Data); err != nil {
			return err
		}
	}
	if len(page) > 0 {
		return nil
	}
	return r.nothing()
}

// nothing takes what is left where the nearest copy has nothing: if it is not
// behind, all of that is destroyed.
func (r *keyReading) nothing() error {
	for r.at < r.end {
		if !r.state.gone(r.at + 1) {
			return errBehind
		}
		if err := r.add(r.at+1, nil); err != nil {
			return err
		}
	}
	return nil
}

// upTo takes the keys up to the number, which the nearest copy lacks although
// it has later ones: they are destroyed, or it is damaged and the leader has them.
func (r *keyReading) upTo(ctx context.Context, seq ledger.Seq) error {
	for r.at < seq {
		n := r.at + 1
		if r.state.gone(n) {
			if err := r.add(n, nil); err != nil {
				return err
			}
			continue
		}
		m, err := r.k.l.ofLeaderOf(ctx, r.k.l.names.keys, get{Seq: n})
		switch {
		case err != nil:
			return err
		case m == nil || m.Seq != n:
			return errHole
		}
		if err := r.add(n, m.Data); err != nil {
			return err
		}
	}
	return nil
}

// add takes the next key; a destroyed one has no data, or none that counts.
func (r *keyReading) add(n ledger.Seq, key []byte) error {
	switch {
	case r.state.gone(n):
		key = make([]byte, keyLength)
	case len(key) != keyLength:
		return fmt.Errorf("%w: key %d has %d bytes, not %d", ledger.ErrCorrupt, n, len(key), keyLength)
	}
	r.keys = append(r.keys, key...)
	r.at = n
	return nil
}
