package jetstream

import (
	"bytes"
	"context"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// KeyReader has numbered keys: see [Keys.Read], which is one.
type KeyReader interface {
	Read(ctx context.Context, after uint64, most int) (keys []byte, err error)
}

// Import appends the keys of a hub's file to the nodes', with the same numbers
// and a destroyed one as zero bytes, and says how many there are then. What the
// nodes have already must be their beginning, so that an import that was cut
// short goes on where it was; a key that was destroyed in the file since is
// destroyed here. Other keys are [ledger.ErrConflict].
func (k *Keys) Import(ctx context.Context, from KeyReader) (n uint64, err error) {
	for {
		keys, err := from.Read(ctx, n, MaxBatch)
		if err == nil {
			err = k.importPage(ctx, n, keys)
		}
		if err != nil {
			return n, fmt.Errorf("import keys after %d: %w", n, err)
		}
		if n += uint64(len(keys) / keyLength); len(keys) < MaxBatch*keyLength {
			return n, nil
		}
	}
}

// importPage has the keys, and at the end of the others' nothing else, behind
// the given number.
func (k *Keys) importPage(ctx context.Context, after uint64, keys []byte) error {
	there, err := k.Read(ctx, after, MaxBatch)
	if err != nil {
		return err
	}
	if len(there) > len(keys) {
		return fmt.Errorf("%w: the nodes have key %d, the file has not", ledger.ErrConflict, after+uint64(len(keys)/keyLength)+1)
	}
	if err := k.same(ctx, after, keys[:len(there)], there); err != nil {
		return err
	}
	after, keys = after+uint64(len(there)/keyLength), keys[len(there):]
	if len(keys) == 0 {
		return nil
	}
	err = k.l.patiently(ctx, func() error {
		_, err := k.store(ctx, keys, &after)
		if isCode(err, codeMoved) || isCode(err, codeMovedToo) {
			return nil // an earlier try was stored, or somebody else's: read below
		}
		return err
	})
	if err != nil {
		return err
	}
	if there, err = k.Read(ctx, after, MaxBatch); err == nil && !bytes.Equal(there, keys) {
		err = fmt.Errorf("%w: somebody else draws keys from the nodes", ledger.ErrConflict)
	}
	return err
}

// same says whether both have the same keys after the number, and destroys here
// what was destroyed there.
func (k *Keys) same(ctx context.Context, after uint64, keys, there []byte) error {
	zero := make([]byte, keyLength)
	var due []uint64
	for i := 0; i < len(keys); i += keyLength {
		n := after + uint64(i/keyLength) + 1
		one, other := keys[i:][:keyLength], there[i:][:keyLength]
		switch {
		case bytes.Equal(one, other):
		case bytes.Equal(one, zero):
			due = append(due, n)
		default:
			return fmt.Errorf("%w: the nodes have another key %d", ledger.ErrConflict, n)
		}
	}
	return k.Destroy(ctx, due...)
}

// EqualKeys reads both from the beginning and says how many keys there are, all
// of them equal; it fails with [ledger.ErrConflict] at the first that is not.
func EqualKeys(ctx context.Context, one, other KeyReader) (n uint64, err error) {
	for {
		a, err := one.Read(ctx, n, MaxBatch)
		if err != nil {
			return n, fmt.Errorf("compare keys: %w", err)
		}
		b, err := other.Read(ctx, n, MaxBatch)
		if err != nil {
			return n, fmt.Errorf("compare keys: %w", err)
		}
		if !bytes.Equal(a, b) {
			for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
				if (i+1)%keyLength == 0 {
					n++
				}
			}
			return n, fmt.Errorf("compare keys: %w: key %d is not the same in both", ledger.ErrConflict, n+1)
		}
		if len(a) == 0 {
			return n, nil
		}
		n += uint64(len(a) / keyLength)
	}
}
