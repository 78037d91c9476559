package sqlite

import (
	"fmt"
	"os"

	"github.com/tocsin-project/tocsin/internal/ledger/lock"
)

// InUse says that another process has the ledger open for writing.
type InUse = lock.InUse

// acquireLock takes the right to write the ledger. SQLite's own locks do not do:
// they let writers of several processes take turns, and each would go on from a
// head that the other has moved.
func acquireLock(path string) (*os.File, error) {
	f, err := lock.Acquire(path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("%w, or open the ledger read-only", err)
	}
	return f, nil
}
