package sealed

import (
	"context"
	"errors"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Destroy overwrites the keys with zeros and returns once that is on disk;
// what they sealed is lost for good. Keys destroyed before stay so. A number
// that was never used is an error, and then no key is destroyed. Where keys are
// shared they are destroyed at the supply first, and in this node's file then:
// every other node destroys them as well, since it may have them in its own.
func (k *Keyring) Destroy(numbers ...uint64) error {
	return k.destroyNamed(context.Background(), numbers)
}

func (k *Keyring) destroyNamed(ctx context.Context, numbers []uint64) (err error) {
	switch {
	case len(numbers) == 0:
	case k.supply != nil:
		err = k.destroyShared(ctx, numbers)
	default:
		err = k.destroy(numbers)
	}
	if err != nil {
		return fmt.Errorf("destroy keys in %s: %w", k.path, err)
	}
	return nil
}

func (k *Keyring) destroy(numbers []uint64) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.usable(); err != nil {
		return err
	}
	for _, n := range numbers {
		if n == 0 || n > k.used {
			return fmt.Errorf("%w: key %d was never used, the last is %d", ledger.ErrInvalid, n, k.used)
		}
	}
	return k.wipe(numbers)
}

// wipe overwrites slots of the file, and syncs them.
func (k *Keyring) wipe(numbers []uint64) error {
	for _, n := range numbers {
		if _, err := k.file.WriteAt(destroyed[:], offset(n)); err != nil {
			return fmt.Errorf("%w: key %d: %w", ledger.ErrUnavailable, n, err)
		}
	}
	return k.sync()
}

// Destroyed says whether the key is destroyed.
func (k *Keyring) Destroyed(n uint64) (bool, error) {
	key, err := k.key(context.Background(), n)
	if err != nil {
		return false, fmt.Errorf("look at key %d: %w", n, err)
	}
	return key == nil, nil
}

// Close cuts off the keys that were made and not used, unless they are shared:
// then their numbers are used up. It closes the file.
// Closing twice is harmless.
func (k *Keyring) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return nil
	}
	k.closed = true
	if k.file == nil {
		return nil
	}
	var err error
	if k.supply == nil && k.used < k.slots && k.failed == nil {
		err = errors.Join(k.file.Truncate(offset(k.used+1)), k.file.Sync())
	}
	if err = errors.Join(err, k.file.Close()); err != nil {
		return fmt.Errorf("close keys file %s: %w", k.path, err)
	}
	return nil
}
