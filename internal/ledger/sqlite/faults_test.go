package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

func TestStorageError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	runChild(t, "file limit", path)
}

// appendBeyondFileLimit makes writes fail with EFBIG, which SQLite reports as
// an I/O error, by a limit of this process.
func appendBeyondFileLimit(path string) error {
	l, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		return err
	}
	defer l.Close()
	ctx := context.Background()
	d := ledger.Draft{Kind: "k", Body: make([]byte, 10_000)}
	if _, err := l.Append(ctx, ledger.Any, d); err != nil {
		return err
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 200_000, Max: before.Max}); err != nil {
		return err
	}
	n := ledger.Seq(1)
	for ; n < 1000; n++ {
		if _, err = l.Append(ctx, ledger.Any, d); err != nil {
			break
		}
	}
	if !errors.Is(err, ledger.ErrUnavailable) {
		return fmt.Errorf("after %d entries, want unavailable: %w", n, err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	if _, err := l.Append(ctx, ledger.Any, d); !errors.Is(err, ledger.ErrUnavailable) {
		return fmt.Errorf("appended after an I/O error without looking at the disk: %w", err)
	}
	if err := holds(l, n); err != nil {
		return fmt.Errorf("after the error: %w", err)
	}
	if err := l.Close(); err != nil {
		return err
	}
	if l, err = sqlite.Open(path, sqlite.Options{}); err != nil {
		return err
	}
	defer l.Close()
	if err := holds(l, n); err != nil {
		return fmt.Errorf("opened again: %w", err)
	}
	_, err = l.Append(ctx, n, d)
	return err
}

// holds says whether the ledger has exactly n entries, all readable and sound.
func holds(l *sqlite.Ledger, n ledger.Seq) error {
	ctx := context.Background()
	es, err := readAll(l)
	if err != nil {
		return err
	}
	h, err := l.Head(ctx)
	if err != nil {
		return err
	}
	r, err := l.Check(ctx)
	if err != nil {
		return err
	}
	if len(es) != int(n) || h.Seq != n || len(r.Damage) > 0 {
		return fmt.Errorf("%d entries, head %d, %d were acknowledged, damage %v", len(es), h.Seq, n, r.Damage)
	}
	return nil
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	cmd := child("full disk", dir)
	// A mount name space of its own: the small disk ends with the process.
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 77 {
		t.Skipf("SKIPPED: cannot mount a small disk here: %v %s", err, out)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// appendToFullDisk fills a disk of 2 MiB, sees that the ledger says so and
// keeps what it has, makes room, and goes on.
func appendToFullDisk(dir string) error {
	if err := syscall.Mount("tocsin-test", dir, "tmpfs", 0, "size=2m"); err != nil {
		fmt.Println(err)
		os.Exit(77)
	}
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 1<<20), 0o600); err != nil {
		return err
	}
	l, err := sqlite.Open(filepath.Join(dir, "ledger"), sqlite.Options{})
	if err != nil {
		return err
	}
	defer l.Close()
	ctx := context.Background()
	d := ledger.Draft{Kind: "k", Body: make([]byte, 20_000)}
	n := ledger.Seq(0)
	for ; n < 1000; n++ {
		if _, err = l.Append(ctx, ledger.Any, d, d, d); err != nil {
			break
		}
		n += 2
	}
	if !errors.Is(err, ledger.ErrUnavailable) {
		return fmt.Errorf("after %d entries, want unavailable: %w", n, err)
	}
	fmt.Println(err)
	if err := holds(l, n); err != nil {
		return fmt.Errorf("on the full disk: %w", err)
	}
	if err := os.Remove(filler); err != nil {
		return err
	}
	if _, err := l.Append(ctx, n, d, d, d); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	return holds(l, n+3)
}
