// Package lock gives one process at a time the right to write what an engine
// keeps.
package lock

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// InUse says that another process has the right.
type InUse struct{ Process string } // its id, as it wrote it into the lock

func (i *InUse) Error() string {
	return "process " + i.Process + " has it open for writing: stop that process first"
}

// Acquire takes the right that the file of this name stands for; closing it gives
// the right back. The kernel does so when the process ends, however it ends; the
// file stays. It fails with [InUse] if another process, or another part of this
// one, has it.
func Acquire(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
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
