package sealed

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

const (
	magic     = "tocsink1"
	blockKeys = 4096 // 128 KiB: one sync for so many appends
)

var destroyed [keyLength]byte

// Keyring is the file of keys. Its methods may be called from many goroutines
// at once.
type Keyring struct {
	path   string
	supply Supply // of a file that is a node's copy; see [Keyring.Share]
	shared sharing

	mu     sync.RWMutex // writing: who changes what follows or the file
	file   *os.File     // nil: there is none yet
	slots  uint64       // in the file
	used   uint64       // the last key that was given out; it may be in an entry; without a supply
	failed error        // why no key is made or destroyed any more
	closed bool
}

// OpenKeys opens the keys file at path for this process alone. A file that is
// not there is not made before [Open] has seen that no entry needs it.
func OpenKeys(path string) (*Keyring, error) {
	k := &Keyring{path: path}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err == nil {
		err = k.adopt(f)
	}
	if err != nil {
		return nil, fmt.Errorf("open keys file %s: %w", path, err)
	}
	return k, nil
}

// adopt locks the file and learns what is in it.
func (k *Keyring) adopt(f *os.File) (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	if err := lock(f); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 { // as a copy put back from a backup may be
		if err := f.Chmod(0o600); err != nil {
			return fmt.Errorf("others may read it (mode %04o): %w", info.Mode().Perm(), err)
		}
	}
	size := info.Size()
	if size < keyLength { // a crash while it was made: no key was ever used
		if err := found(f); err != nil {
			return err
		}
		size = keyLength
	}
	head := make([]byte, keyLength)
	if _, err := f.ReadAt(head, 0); err != nil {
		return err
	}
	if !bytes.Equal(head, header()) {
		return errors.New("it is not a keys file of Tocsin, or one of a newer version")
	}
	k.file = f
	// A part of a slot counts: see the package comment.
	k.slots = uint64(size+keyLength-1)/keyLength - 1
	k.used = k.slots
	return nil
}

func header() []byte { return append([]byte(magic), make([]byte, keyLength-len(magic))...) }

// found writes the header of a new file.
func found(f *os.File) error {
	if _, err := f.WriteAt(header(), 0); err != nil {
		return err
	}
	return f.Sync()
}

// lock takes the file for this process; the kernel gives it back when the
// process ends, however it ends.
func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errors.New("another process has it open: stop that process first")
	}
	return err
}

// create makes the file, which must not be there.
func (k *Keyring) create() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	f, err := os.OpenFile(k.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = errors.Join(k.adopt(f), atomicfile.SyncDir(filepath.Dir(k.path)))
	}
	if err != nil {
		return fmt.Errorf("make keys file %s: %w", k.path, err)
	}
	return nil
}

// draw gives n keys that were never given before, one behind the other, and
// the number of the first. They are on disk.
func (k *Keyring) draw(ctx context.Context, n int) (first uint64, keys []byte, err error) {
	if k.supply != nil {
		return k.drawShared(ctx, n)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.usable(); err != nil {
		return 0, nil, err
	}
	if k.used+uint64(n) > k.slots {
		if err := k.extend(max(n, blockKeys)); err != nil {
			return 0, nil, fmt.Errorf("make keys in %s: %w", k.path, err)
		}
	}
	first = k.used + 1
	if keys, err = k.slotsFrom(first, n); err != nil {
		return 0, nil, err
	}
	k.used += uint64(n)
	return first, keys, neverUsed(first, keys, k.path)
}

// slotsFrom reads n slots as they are.
func (k *Keyring) slotsFrom(first uint64, n int) ([]byte, error) {
	keys := make([]byte, n*keyLength)
	if _, err := k.file.ReadAt(keys, offset(first)); err != nil {
		return nil, fmt.Errorf("%w: read keys from %s: %w", ledger.ErrUnavailable, k.path, err)
	}
	return keys, nil
}

// neverUsed says whether keys that are given out for the first time can be that.
func neverUsed(first uint64, keys []byte, path string) error {
	for i := range uint64(len(keys) / keyLength) {
		if isDestroyed(keys[i*keyLength:][:keyLength]) {
			return fmt.Errorf("%w: key %d in %s, never used before, reads as zeros", ledger.ErrUnavailable, first+i, path)
		}
	}
	return nil
}

// extend writes n more keys behind those that are there, and syncs them.
func (k *Keyring) extend(n int) error {
	block := make([]byte, n*keyLength)
	rand.Read(block) // it never fails
	return k.put(block)
}

// put writes keys behind those that are there, and syncs them.
func (k *Keyring) put(block []byte) error {
	// A write that fails, for want of room as a rule, has made no key that
	// was given to anyone: the next try writes over it.
	if _, err := k.file.WriteAt(block, offset(k.slots+1)); err != nil {
		return fmt.Errorf("%w: %w; make room and try again", ledger.ErrUnavailable, err)
	}
	if err := k.sync(); err != nil {
		return err
	}
	k.slots += uint64(len(block) / keyLength)
	return nil
}

// sync has the file on disk. After a failed fsync nobody knows what is there,
// and the next one would not tell: nothing is written until the file is opened again.
func (k *Keyring) sync() error {
	if err := k.file.Sync(); err != nil {
		k.failed = fmt.Errorf("%w: syncing %s failed; check the disk, then start again: %w", ledger.ErrUnavailable, k.path, err)
	}
	return k.failed
}

// usable says why keys can be neither made nor destroyed.
func (k *Keyring) usable() error {
	switch {
	case k.closed:
		return ledger.ErrClosed
	case k.file == nil:
		return fmt.Errorf("%w: there is no keys file %s", ledger.ErrUnavailable, k.path)
	}
	return k.failed
}

// key gives one key; nil if it is destroyed. Another node may have drawn it
// after the file was last brought up to the supply.
func (k *Keyring) key(ctx context.Context, n uint64) ([]byte, error) {
	if k.supply != nil && n > k.count() {
		if err := k.fill(ctx, n); err != nil {
			return nil, err
		}
	}
	return k.stored(n)
}

// stored reads one key from the file; nil if it is destroyed.
func (k *Keyring) stored(n uint64) ([]byte, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	switch {
	case k.closed:
		return nil, ledger.ErrClosed
	case n == 0 || n > k.slots:
		return nil, k.lacks(n, k.slots)
	}
	key := make([]byte, keyLength)
	if _, err := k.file.ReadAt(key, offset(n)); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: %s ends within key %d, which it names", ledger.ErrCorrupt, k.path, n)
	} else if err != nil {
		return nil, fmt.Errorf("%w: read key %d from %s: %w", ledger.ErrUnavailable, n, k.path, err)
	}
	if isDestroyed(key) {
		return nil, nil
	}
	return key, nil
}

// lacks is the error of an entry that names a key which is not there.
func (k *Keyring) lacks(n, slots uint64) error {
	return fmt.Errorf("%w: it names key %d, and %s has %d: is it this ledger's keys file, and not an older copy?",
		ledger.ErrCorrupt, n, k.path, slots)
}

func isDestroyed(key []byte) bool { return bytes.Equal(key, destroyed[:]) }

func offset(n uint64) int64 { return int64(n) * keyLength }
