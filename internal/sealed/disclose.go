package sealed

import (
	"context"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Disclosure is one entry as it is stored and what opens its body: enough to
// show somebody else what the entry says. The key opens nothing else.
type Disclosure struct {
	Entry ledger.Entry // as stored: its body may be sealed
	Key   []byte       // 32 bytes; nil if the body is in the clear
}

// Disclose gives an entry as it is stored, with its key. One whose key was
// destroyed is [ledger.ErrNoEntry]: nobody can show any more what it said.
func (l *Ledger) Disclose(ctx context.Context, seq ledger.Seq) (Disclosure, error) {
	e, err := ledger.At(ctx, l.inner, seq)
	if err != nil || !isSealed(e.Body) {
		return Disclosure{Entry: e}, err
	}
	p, err := parse(e.Body)
	if err != nil {
		return Disclosure{}, fmt.Errorf("disclose entry %d: %w", seq, err)
	}
	key, err := l.keys.key(ctx, p.key)
	switch {
	case err != nil:
		return Disclosure{}, fmt.Errorf("disclose entry %d: %w", seq, err)
	case key == nil:
		return Disclosure{}, fmt.Errorf("disclose entry %d: %w: it was erased", seq, ledger.ErrNoEntry)
	}
	return Disclosure{Entry: e, Key: key}, nil
}

// Disclosed is the body of a disclosed entry in the clear. It fails with
// [ledger.ErrCorrupt] if the key is not the body's, and if a body in the clear
// comes with a key.
//
// AES-GCM binds a key to a body only against those who did not write the body: a
// hub that means to could seal one so that a second key opens it to something
// else. Two keys that open one entry are then proof of that.
func Disclosed(d Disclosure) ([]byte, error) {
	if !isSealed(d.Entry.Body) {
		if len(d.Key) > 0 {
			return nil, fmt.Errorf("open entry %d: %w: it comes with a key and is not sealed", d.Entry.Seq, ledger.ErrCorrupt)
		}
		return d.Entry.Body, nil
	}
	if len(d.Key) != keyLength {
		return nil, fmt.Errorf("open entry %d: %w: its key has %d bytes, %d are needed", d.Entry.Seq, ledger.ErrCorrupt, len(d.Key), keyLength)
	}
	p, err := parse(d.Entry.Body)
	if err == nil {
		var body []byte
		if body, err = p.unseal(d.Entry, d.Key); err == nil {
			return body, nil
		}
	}
	return nil, fmt.Errorf("open entry %d: %w", d.Entry.Seq, err)
}
