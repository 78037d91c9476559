package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/anchor"
	"github.com/tocsin-project/tocsin/internal/ledger/tally"
	"zombiezen.com/go/sqlite"
)

// Check reads everything and reports what is damaged: see [Check]. It can be
// stopped by its context and by Close.
func (l *Ledger) Check(ctx context.Context) (ledger.Report, error) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return ledger.Report{}, fmt.Errorf("check ledger: %w", ledger.ErrClosed)
	}
	l.checks.Add(1)
	l.mu.Unlock()
	defer l.checks.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.life, cancel)()
	report, err := Check(ctx, l.path)
	if err != nil && l.life.Err() != nil {
		return ledger.Report{}, fmt.Errorf("check ledger: %w", ledger.ErrClosed)
	}
	return report, err
}

// Check reads every entry of the ledger at path, also of one that is too
// damaged to be opened, and changes nothing. It verifies
//
//   - that the file is a ledger and its tables are defined as they should be,
//   - each entry's hash, its place, its kind, its time, and its link to the entry before,
//   - that the index by kind leads to each entry,
//   - that nothing acknowledged is missing (the anchor),
//   - the structure of the file (SQLite's integrity check).
//
// Damage that is no entry's own has Seq 0; an entry that only the index has
// lost counts as sound, since its record is whole. Check can run while the
// ledger is written to; it then holds one read transaction, and the
// write-ahead log grows until it is done. The error is for not being able to
// look at all.
func Check(ctx context.Context, path string) (ledger.Report, error) {
	r, err := check(ctx, path)
	if err != nil {
		return ledger.Report{}, fmt.Errorf("check ledger %s: %w", path, err)
	}
	return r, nil
}

// findings are what a check gathers, and what it cannot look at.
type findings struct {
	tally.Tally

	unreadable bool // SQLite cannot read anything of the file
}

func check(ctx context.Context, path string) (ledger.Report, error) {
	t := findings{}
	// The anchor first: what is stored can only move on meanwhile.
	acknowledged, found, err := anchor.Read(path)
	switch {
	case errors.Is(err, ledger.ErrCorrupt):
		t.Store("%s cannot tell which entry was acknowledged last: %s", anchor.Path(path), err)
	case err != nil:
		return ledger.Report{}, err
	}
	if _, err := os.Stat(path); err != nil {
		if !errors.Is(err, os.ErrNotExist) || !found {
			return ledger.Report{}, err
		}
		t.Store("the ledger's file is gone")
		t.Lost(acknowledged.Seq, "it was acknowledged but is missing")
		return t.Report(), nil
	}
	conn, err := openReader(path)
	if err != nil {
		return ledger.Report{}, err
	}
	defer conn.Close() //nolint:errcheck // it was only read
	conn.SetInterrupt(ctx.Done())
	empty := false
	for _, step := range []func(*sqlite.Conn) error{
		func(conn *sqlite.Conn) (err error) {
			empty, err = t.checkFormat(conn)
			return err
		},
		func(conn *sqlite.Conn) error { return t.checkEntries(conn, acknowledged) },
		t.checkStructure,
	} {
		err := step(conn)
		if ctx.Err() != nil {
			return ledger.Report{}, ctx.Err()
		}
		if err != nil {
			return ledger.Report{}, err
		}
		if empty && acknowledged.Seq == 0 {
			break
		}
	}
	return t.Report(), nil
}

// cannotLook tells errors of the surroundings from what damage may cause.
func cannotLook(err error) bool {
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultCantOpen, sqlite.ResultPerm, sqlite.ResultBusy, sqlite.ResultLocked,
		sqlite.ResultNoMem, sqlite.ResultInterrupt, sqlite.ResultAuth:
		return true
	}
	return false
}
