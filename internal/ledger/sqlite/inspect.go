package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/anchor"
)

// state is what a ledger's file holds before it is opened for writing.
type state struct {
	fresh bool // nothing yet: the tables have to be created
	head  ledger.Head
	last  time.Time // of the head
}

// inspect decides whether the ledger may be written to. It uses a read-only
// connection: the first connection that may write, closing, would copy what
// it took for the write-ahead log into the ledger and remove the rest, which
// is the very evidence of a loss.
func inspect(path string) (state, error) {
	acknowledged, anchored, err := anchor.Read(path)
	if err != nil {
		return state{}, fmt.Errorf("read %s: %w; run `tocsin check`, and if it finds every entry sound, remove that file and open the ledger again",
			anchor.Path(path), err)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && info.Size() == 0 && !exists(path+"-wal"):
		if acknowledged.Seq > 0 {
			return state{}, fmt.Errorf("%w: the file is gone or empty, but %d entries were acknowledged; restore it", ledger.ErrCorrupt, acknowledged.Seq)
		}
		return state{fresh: true}, nil
	case err != nil:
		return state{}, err
	}
	fresh, err := identify(path)
	if err != nil {
		return state{}, err
	}
	s := state{fresh: fresh}
	if !fresh {
		if s, err = lastEntry(path, acknowledged); err != nil {
			return state{}, err
		}
	}
	if anchored && s.head.Seq < acknowledged.Seq {
		return state{}, fmt.Errorf("%w: %d acknowledged entries are missing (the last one here is %d, the last acknowledged %d); "+
			"nothing was changed: run `tocsin check` to see what is sound, then restore the ledger from a backup or a peer",
			ledger.ErrCorrupt, acknowledged.Seq-s.head.Seq, s.head.Seq, acknowledged.Seq)
	}
	return s, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// identify says whether the file is a ledger that this version can read;
// fresh means a database without anything in it, as a crash during the
// ledger's creation leaves it.
func identify(path string) (fresh bool, err error) {
	if _, err := os.Stat(path); err != nil {
		return false, err
	}
	conn, err := openReader(path)
	if err != nil {
		return false, err
	}
	defer conn.Close() //nolint:errcheck // it was only read
	found, err := describe(conn)
	if err != nil {
		return false, damaged(err)
	}
	v, _ := strconv.Atoi(found.version)
	switch {
	case found.empty():
		return true, nil
	case found.id != strconv.Itoa(applicationID) || v < 1:
		return false, fmt.Errorf("%w (application id %s, version %s): name another file", errForeign, found.id, found.version)
	case v > formatVersion:
		return false, fmt.Errorf("it has format %d, this program knows formats up to %d: use a newer tocsin", v, formatVersion)
	}
	return false, nil
}

// lastEntry reads the head, and the entry that was acknowledged last if it is
// another: both have to be sound for the ledger to go on from there.
func lastEntry(path string, acknowledged ledger.Head) (state, error) {
	conn, err := openReader(path)
	if err != nil {
		return state{}, err
	}
	defer conn.Close() //nolint:errcheck // it was only read
	var s state
	last, err := oneRow(conn, "SELECT seq, kind, hash, record FROM entry ORDER BY seq DESC LIMIT 1")
	if err != nil || last == nil {
		return s, err
	}
	e, err := last.open()
	if err != nil {
		return s, fmt.Errorf("the last entry, %d: %w; run `tocsin check`", last.seq, err)
	}
	s.head, s.last = ledger.Head{Seq: e.Seq, Hash: e.Hash}, e.Time
	if acknowledged.Seq > e.Seq {
		return s, nil // the caller tells what is missing
	}
	if err := verifyRecovered(conn, path, s.head); err != nil {
		return s, err
	}
	if acknowledged.Seq == 0 {
		return s, nil
	}
	known, err := oneRow(conn, "SELECT seq, kind, hash, record FROM entry WHERE seq = ?", int64(acknowledged.Seq))
	switch {
	case err != nil:
		return s, err
	case known == nil || known.hash != acknowledged.Hash:
		return s, fmt.Errorf("%w: entry %d is not the one that was acknowledged; run `tocsin check`", ledger.ErrCorrupt, acknowledged.Seq)
	}
	return s, nil
}
