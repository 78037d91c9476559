package sqlite

import (
	"errors"
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/queue"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// write is the writer goroutine: it alone uses the connection that writes.
func (l *Ledger) write() {
	defer close(l.done)
	for group := l.group(); len(group) > 0; group = l.group() {
		l.commit(group)
		queue.Finish(group)
		l.checkpoint()
	}
}

func (l *Ledger) group() []*queue.Append { return l.queue.Group(groupEntries, groupBytes) }

// commit makes the group durable and gives each request its outcome.
func (l *Ledger) commit(group []*queue.Append) {
	if err := l.queue.Refusal(); err != nil {
		queue.Fail(group, err)
		return
	}
	head, last, err := l.insert(group)
	switch {
	case err == nil:
	case sqlite.ErrCode(err).ToPrimary() == sqlite.ResultFull && len(group) > 1:
		// A small append need not fail because a large one finds no room.
		for _, r := range group {
			l.commit([]*queue.Append{r})
		}
		return
	default:
		queue.Fail(group, l.refuse(err))
		return
	}
	if head == l.head { // only the writer moves it, so reading needs no lock
		return
	}
	// The entries are on disk whatever happens to the anchor, so they are
	// acknowledged; but without it a loss could go unseen, so they are the last.
	if err := l.anchor.Write(head); err != nil {
		_ = l.refuse(err)
	}
	l.last = last
	l.publish(head)
}

// insert runs one transaction for the group and returns the head after it.
// A request that does not meet its expected head fails alone; with an error
// nothing of the group is stored, or nobody knows.
func (l *Ledger) insert(group []*queue.Append) (head ledger.Head, last time.Time, err error) {
	head, last = l.head, l.last
	defer func() {
		if err != nil && !l.conn.AutocommitEnabled() {
			if undo := sqlitex.Execute(l.conn, "ROLLBACK", nil); undo != nil {
				err = fmt.Errorf("%w; and the rollback: %s", err, undo.Error())
			}
		}
	}()
	if err := sqlitex.Execute(l.conn, "BEGIN IMMEDIATE", nil); err != nil {
		return head, last, err
	}
	for _, r := range group {
		r.Err = nil
		switch {
		case len(r.Given) > 0:
			if head, last, err = l.insertGiven(r, head, last); err != nil {
				return head, last, err
			}
			continue
		case r.Expected != ledger.Any && r.Expected != head.Seq:
			r.Err = fmt.Errorf("%w: expected entry %d to be the last, it is %d", ledger.ErrConflict, r.Expected, head.Seq)
			continue
		}
		r.Entries = make([]ledger.Entry, 0, len(r.Drafts))
		for _, d := range r.Drafts {
			e, err := l.insertOne(d, head, later(l.clock(), last))
			if err != nil {
				return head, last, fmt.Errorf("store entry %d: %w", head.Seq+1, err)
			}
			r.Entries = append(r.Entries, e)
			head, last = ledger.Head{Seq: e.Seq, Hash: e.Hash}, e.Time
		}
	}
	if err := sqlitex.Execute(l.conn, "COMMIT", nil); err != nil {
		return head, last, fmt.Errorf("commit: %w", err)
	}
	return head, last, nil
}

func (l *Ledger) insertOne(d ledger.Draft, prev ledger.Head, at time.Time) (ledger.Entry, error) {
	e, record, err := ledger.Seal(d, prev, at)
	if err != nil {
		return e, err
	}
	l.dirty += 2 + len(record)/4096
	return e, store(l.conn, e, record)
}

// store inserts one entry, with its record, in the transaction under way.
func store(conn *sqlite.Conn, e ledger.Entry, record []byte) error {
	stmt, err := conn.Prepare("INSERT OR FAIL INTO entry (seq, kind, hash, record) VALUES (?, ?, ?, ?)")
	if err != nil {
		return err
	}
	stmt.BindInt64(1, int64(e.Seq))
	stmt.BindText(2, string(e.Kind))
	stmt.BindBytes(3, e.Hash[:])
	stmt.BindBytes(4, record)
	_, err = stmt.Step()
	return errors.Join(err, stmt.Reset())
}

// later keeps the entries' times from going back with the clock.
func later(now, last time.Time) time.Time {
	if now.Before(last) {
		return last
	}
	return now
}

// refuse turns an error of SQLite into the appenders' error. A full disk and
// a lock held by another program leave the transaction undone and pass; after
// anything else it is not known what is on disk, least of all after a failed
// fsync (the kernel drops the pages and reports no second time), so nothing
// is appended until the ledger is opened again and looks.
func (l *Ledger) refuse(cause error) error {
	switch sqlite.ErrCode(cause).ToPrimary() {
	case sqlite.ResultFull:
		return fmt.Errorf("%w: no room on disk for %s, nothing was appended; make room and try again: %w", ledger.ErrUnavailable, l.path, cause)
	case sqlite.ResultBusy:
		return fmt.Errorf("%w: another program holds SQLite's lock on %s, nothing was appended: %w", ledger.ErrUnavailable, l.path, cause)
	}
	return l.queue.Refuse(fmt.Errorf("%w: stopped taking entries after an error of the storage; "+
		"check the disk, then start again: %w", ledger.ErrUnavailable, cause))
}
