package lock_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger/lock"
)

// Who has the right is named to who wants it, until it is given back.
func TestAcquire(t *testing.T) {
	path := filepath.Join(t.TempDir(), "of.lock")
	if err := os.WriteFile(path, []byte("12345678901234567890\n"), 0o600); err != nil { // of a process that ended
		t.Fatal(err)
	}
	for range 2 {
		f, err := lock.Acquire(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = lock.Acquire(path)
		if used := new(lock.InUse); !errors.As(err, &used) || used.Process != strconv.Itoa(os.Getpid()) {
			t.Errorf("a second time: %v", err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
