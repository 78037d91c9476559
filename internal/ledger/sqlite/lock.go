package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// InUse says that another process has the ledger open for writing.
type InUse struct{ Process string } // its id, as it wrote it into the lock

func (i *InUse) Error() string {
	return "process " + i.Process + " has it open for writing: stop that process first, or open the ledger read-only"
}

// acquireLock takes the right to write the ledger. The kernel gives it back
// when the process ends, however it ends; the file stays. SQLite's own locks
// do not do: they let writers of several processes take turns, and each would
// go on from a head that the other has moved.
func acquireLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder := make([]byte, 20)
		n, _ := io.ReadFull(f, holder)
		_ = f.Close()
		return nil, &InUse{Process: strings.TrimSpace(string(holder[:n]))}
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = fmt.Fprintln(f, os.Getpid())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", f.Name(), err), f.Close())
	}
	return f, nil
}
