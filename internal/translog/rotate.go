package translog

import (
	"bytes"
	"context"
	"fmt"
	"slices"
)

// AddKey makes one more key for the log and returns its vkey. The leaf that says
// so is in the first checkpoint that the key signs. What is meant to be trusted
// after the old key is revoked has to reach others meanwhile.
//
// A change of keys is written down in the key file before the act, with the
// index that its leaf will have; then the leaf is appended; then the key file
// says that it is done. OpenFile finishes what it finds begun: whether the leaf is
// there already, the index tells. A secret is in the file before it signs
// anything, and leaves it only when it signs nothing any more.
func (l *Log) AddKey(ctx context.Context) (vkey string, err error) {
	skey, vkey, err := GenerateKey(l.Tree().Origin)
	if err != nil {
		return "", err
	}
	k, err := newSigningKey(skey)
	if err != nil {
		return "", err
	}
	if err := l.changeKeys(ctx, keyChange{act: actAdd, key: k}); err != nil {
		return "", fmt.Errorf("add a key to the log: %w", err)
	}
	return vkey, nil
}

// RevokeKey has the log sign no longer with a key, which is forgotten. The
// checkpoint with the leaf that says so has no signature of it. ErrInvalid: the
// log has no such key, or no other.
func (l *Log) RevokeKey(ctx context.Context, vkey string) error {
	if err := l.changeKeys(ctx, keyChange{act: actRevoke, key: signingKey{vkey: vkey}}); err != nil {
		return fmt.Errorf("revoke a key of the log: %w", err)
	}
	return nil
}

func (l *Log) changeKeys(ctx context.Context, c keyChange) error {
	l.appending.Lock()
	defer l.appending.Unlock()
	if l.broken != nil {
		return l.broken
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.act == actRevoke {
		i := slices.IndexFunc(l.keys.keys, func(k signingKey) bool { return k.vkey == c.key.vkey })
		if i < 0 || len(l.keys.keys) == 1 {
			return fmt.Errorf("%w: %q is not one of several keys of the log: add another first", ErrInvalid, c.key.vkey)
		}
		c.key = l.keys.keys[i]
	}
	c.index = l.tree.Size
	begun := keyring{keys: l.keys.keys, change: &c}
	if err := begun.validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	err := l.failAt("begin to " + c.act)
	if err == nil {
		err = begun.write(l.keyFile)
	}
	if err == nil {
		err = l.finishChange(begun)
	}
	if err != nil && l.broken == nil {
		// What the key file says is for the next OpenFile to find out.
		l.broken = fmt.Errorf("changing a key was cut short, open the log again: %w", err)
	}
	return err
}

// finishChange does what a key file says is under way, with appending held or
// nobody else there. The leaf has no other place than the index written down.
func (l *Log) finishChange(begun keyring) error {
	c := begun.change
	switch size := l.tree.Size; {
	case size < c.index:
		return fmt.Errorf("%w: the key file tells of entry %d, the log has %d entries: one of them is older than the other", ErrCorrupt, c.index, size)
	case size > c.index:
		entry, err := l.Entry(c.index)
		if err != nil {
			return err
		}
		if !bytes.Equal(entry, c.leaf()) {
			return fmt.Errorf("%w: entry %d does not say what the key file tells of it: to %s %s", ErrCorrupt, c.index, c.act, c.key.vkey)
		}
	default:
		l.use(begun)
		if err := l.append([][]byte{c.leaf()}); err != nil {
			return err
		}
	}
	if err := l.failAt("end to " + c.act); err != nil {
		return err
	}
	done := keyring{keys: begun.signing()}
	if err := done.write(l.keyFile); err != nil {
		return err
	}
	l.use(done)
	return nil
}

// use has the next checkpoint signed with other keys, with appending held.
func (l *Log) use(r keyring) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys = r
}
