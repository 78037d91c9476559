package sealed

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Ledger seals the bodies that pass through it on their way to an engine, and
// opens them on their way back. An entry that it gives has the body in the
// clear, but the Hash and Prev of the entry as it is stored: the chain is over
// the sealed bytes, and the engine checks it.
type Ledger struct {
	inner ledger.Ledger
	keys  *Keyring
	kinds func(ledger.Kind) bool
}

var _ ledger.Ledger = (*Ledger)(nil)

// Append seals the bodies of the kinds that are to be sealed and appends the
// drafts: see [ledger.Ledger].
func (l *Ledger) Append(ctx context.Context, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	stored, err := l.seal(ctx, drafts)
	if err != nil {
		return nil, fmt.Errorf("append to ledger: %w", err)
	}
	entries, err := l.inner.Append(ctx, expected, stored...)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		entries[i].Body = drafts[i].Body
	}
	return entries, nil
}

// seal gives the drafts as they are to be stored.
func (l *Ledger) seal(ctx context.Context, drafts []ledger.Draft) ([]ledger.Draft, error) {
	n := 0
	for i, d := range drafts {
		switch {
		case len(d.Body) > ledger.MaxBody: // also one that looks sealed
			return nil, fmt.Errorf("draft %d of %d: %w: body has %d bytes, at most %d are allowed",
				i+1, len(drafts), ledger.ErrInvalid, len(d.Body), ledger.MaxBody)
		case d.Validate() != nil:
			return nil, fmt.Errorf("draft %d of %d: %w", i+1, len(drafts), d.Validate())
		case l.seals(d):
			n++
		}
	}
	if n == 0 {
		return drafts, nil
	}
	number, keys, err := l.keys.draw(ctx, n)
	if err != nil {
		return nil, err
	}
	defer clear(keys)
	stored := make([]ledger.Draft, len(drafts))
	for i, rest := 0, keys; i < len(drafts); i++ {
		stored[i] = drafts[i]
		if !l.seals(drafts[i]) {
			continue
		}
		if stored[i], err = seal(drafts[i], number, rest[:keyLength]); err != nil {
			return nil, err
		}
		number, rest = number+1, rest[keyLength:]
	}
	return stored, nil
}

func (l *Ledger) seals(d ledger.Draft) bool { return isSealed(d.Body) || l.kinds(d.Kind) }

// Read yields the entries after the cursor: see [ledger.Ledger]. The body of
// an erased entry reads as the four bytes null.
func (l *Ledger) Read(ctx context.Context, after ledger.Seq, kinds ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range l.inner.Read(ctx, after, kinds...) {
			if err == nil {
				e.Body, err = l.keys.unseal(ctx, e)
				switch {
				case errors.Is(err, ledger.ErrCorrupt):
					e, err = ledger.Entry{Seq: e.Seq}, fmt.Errorf("read ledger: entry %d: %w", e.Seq, err)
				case err != nil:
					e, err = ledger.Entry{}, fmt.Errorf("read ledger after entry %d: %w", e.Seq-1, err)
				}
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// unseal gives the body of an entry in the clear.
func (k *Keyring) unseal(ctx context.Context, e ledger.Entry) ([]byte, error) {
	if !isSealed(e.Body) {
		return e.Body, nil
	}
	p, err := parse(e.Body)
	if err != nil {
		return nil, err
	}
	key, err := k.key(ctx, p.key)
	switch {
	case err != nil:
		return nil, err
	case key == nil:
		return []byte(ledger.Erased), nil
	}
	defer clear(key)
	return p.unseal(e, key)
}

// Head is the last entry on disk.
func (l *Ledger) Head(ctx context.Context) (ledger.Head, error) { return l.inner.Head(ctx) }

// Wait returns as soon as the head's Seq is greater than after.
func (l *Ledger) Wait(ctx context.Context, after ledger.Seq) error { return l.inner.Wait(ctx, after) }

// Check checks the entries as they are stored. It needs no keys: an erased
// entry is as sound as any.
func (l *Ledger) Check(ctx context.Context) (ledger.Report, error) { return l.inner.Check(ctx) }

// Close closes the ledger and then the keys, since appends that wait may still
// be committed.
func (l *Ledger) Close() error { return errors.Join(l.inner.Close(), l.keys.Close()) }
