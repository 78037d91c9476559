package sealed

import (
	"errors"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Destroy overwrites the keys with zeros and returns once that is on disk;
// what they sealed is lost for good. Keys destroyed before stay so. A number
// that was never used is an error, and then no key is destroyed.
func (k *Keyring) Destroy(numbers ...uint64) error {
	if err := k.destroy(numbers); err != nil {
		return fmt.Errorf("destroy keys in %s: %w", k.path, err)
	}
	return nil
}

func (k *Keyring) destroy(numbers []uint64) error {
	if len(numbers) == 0 {
		return nil
	}
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
	for _, n := range numbers {
		if _, err := k.file.WriteAt(destroyed[:], offset(n)); err != nil {
			return fmt.Errorf("%w: key %d: %w", ledger.ErrUnavailable, n, err)
		}
	}
	return k.sync()
}

// Destroyed says whether the key is destroyed.
func (k *Keyring) Destroyed(n uint64) (bool, error) {
	key, err := k.key(n)
	if err != nil {
		return false, fmt.Errorf("look at key %d: %w", n, err)
	}
	return key == nil, nil
}

// Close cuts off the keys that were made and not used, and closes the file.
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
	if k.used < k.slots && k.failed == nil {
		err = errors.Join(k.file.Truncate(offset(k.used+1)), k.file.Sync())
	}
	if err = errors.Join(err, k.file.Close()); err != nil {
		return fmt.Errorf("close keys file %s: %w", k.path, err)
	}
	return nil
}
