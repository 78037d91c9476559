package sqlite

import (
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

const (
	// checkpointPages is after how many pages the write-ahead log is copied
	// into the ledger's file: 2,000 are 8 MB.
	checkpointPages = 2000
	// longLog is the length, in pages, from which readers have to wait until
	// the log starts over: 64 MiB. Below it, it starts over when no reader
	// happens to use it.
	longLog = 16384
)

// checkpoint copies the write-ahead log into the ledger's file when enough
// has gathered. It runs after the group has been acknowledged.
func (l *Ledger) checkpoint() {
	l.dirty += 2
	if l.dirty < checkpointPages || l.queue.Refusal() != nil {
		return
	}
	l.dirty = 0
	pages, err := runCheckpoint(l.conn, "PASSIVE")
	if err == nil && pages >= longLog {
		l.conn.SetBusyTimeout(100 * time.Millisecond)
		_, err = runCheckpoint(l.conn, "RESTART")
		l.conn.SetBusyTimeout(10 * time.Second)
	}
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultOK, sqlite.ResultFull, sqlite.ResultBusy:
		// Nothing is lost: the log keeps what could not be copied.
	default:
		_ = l.refuse(err)
	}
}

func runCheckpoint(conn *sqlite.Conn, mode string) (pages int, err error) {
	err = sqlitex.Execute(conn, "PRAGMA wal_checkpoint("+mode+")", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			pages = stmt.ColumnInt(1)
			return nil
		},
	})
	return pages, err
}
