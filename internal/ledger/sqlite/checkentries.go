package sqlite

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"zombiezen.com/go/sqlite"
)

// entriesPerPage is more than a page of 4,096 bytes can hold: a record alone
// has 59 bytes at least, and its hash 32.
const entriesPerPage = 64

// walk is the pass over the entries. Each entry is judged by its own record
// and hash first, so that damage to one leaves its neighbours sound.
type walk struct {
	*findings
	conn         *sqlite.Conn
	acknowledged ledger.Head
	most         ledger.Seq   // no entry of this file can have a greater number
	before       *ledger.Hash // of the entry before; nil if that is damaged or missing
	time         time.Time    // of the last sound entry
	doubtful     []doubt
	astray       []ledger.Seq // sound entries that the index by kind does not lead to
}

// checkEntries judges every entry.
func (t *findings) checkEntries(conn *sqlite.Conn, acknowledged ledger.Head) error {
	w := walk{findings: t, conn: conn, acknowledged: acknowledged}
	if !t.unreadable {
		if err := w.run(); err != nil {
			return err
		}
	}
	t.Lost(acknowledged.Seq, "it was acknowledged but is missing")
	if len(w.astray) > 0 {
		t.Store("the index by kind does not lead to %s; the records themselves are whole, but reading by kind would miss them", runs(w.astray))
	}
	return nil
}

// run scans the table; where SQLite can read no further it counts one entry
// as lost and goes on behind it, by key.
func (w *walk) run() error {
	pages, err := pragma(w.conn, "page_count")
	if err != nil {
		return err
	}
	n, _ := strconv.ParseUint(pages, 10, 32)
	w.most = max(ledger.Seq(n*entriesPerPage), w.acknowledged.Seq)
	for last := ledger.Seq(0); ; {
		err := w.scan()
		if err == nil || cannotLook(err) {
			return err
		}
		if last == 0 {
			last = w.last()
		}
		if w.At >= last {
			w.Store("reading behind entry %d ended with: %v", w.At, err)
			return nil
		}
		w.Bad(fmt.Sprintf("it cannot be read: %v", err))
		w.before = nil
	}
}

// last is the greatest seq that SQLite can still find or was acknowledged.
func (w *walk) last() ledger.Seq {
	found, err := oneRow(w.conn, "SELECT seq, '', x'', x'' FROM entry ORDER BY seq DESC LIMIT 1")
	if err != nil || found == nil || found.seq > w.most {
		return w.acknowledged.Seq
	}
	return max(found.seq, w.acknowledged.Seq)
}

// scan judges the entries after the last one judged. From the beginning it
// walks the table as it lies, so that no damaged key can lead it astray.
func (w *walk) scan() error {
	query := "SELECT seq, kind, hash, record FROM entry WHERE seq > ? ORDER BY seq"
	if w.At == 0 {
		query = "SELECT seq, kind, hash, record FROM entry ORDER BY seq"
	}
	stmt, err := w.conn.Prepare(query)
	if err != nil {
		return err
	}
	defer stmt.Reset() //nolint:errcheck // repeats the error of Step
	if w.At > 0 {
		stmt.BindInt64(1, int64(w.At))
	}
	for {
		some, err := stmt.Step()
		if err != nil || !some {
			if n := ledger.Seq(len(w.doubtful)); n > 0 {
				w.settle(max(w.At+n, w.acknowledged.Seq) + 1)
			}
			return err
		}
		if err := w.judge(scanRow(stmt)); err != nil {
			return err
		}
	}
}

// judge decides which entry the row is and whether it is sound. A hash that
// holds vouches for the number in the record; without it the key has to be
// believed, unless the rows around tell otherwise.
func (w *walk) judge(r row) error {
	e, err := r.open()
	due := w.At + 1
	switch {
	case e.Seq == 0 && r.seq == due && len(w.doubtful) == 0:
		w.Bad(reason(err))
		w.before, w.Head = nil, ledger.Head{Seq: due, Hash: r.hash}
		return nil
	case e.Seq == 0:
		w.doubtful = append(w.doubtful, doubt{r.seq, reason(err)})
		return nil
	case e.Seq < due, e.Seq > w.most:
		w.Store("behind entry %d lies another entry %d, stored under the number %d", w.At, e.Seq, int64(r.seq))
		return nil
	}
	w.settle(e.Seq)
	fault := w.fault(e, err)
	w.before, w.Head = &e.Hash, ledger.Head{Seq: e.Seq, Hash: e.Hash}
	if fault != "" {
		w.Bad(fault)
		return nil
	}
	w.Good()
	w.time = e.Time
	return w.lookUp(e)
}

// doubt is a damaged row that is not where its key says.
type doubt struct {
	key    ledger.Seq
	reason string
}

// settle gives the doubtful rows the places before next: those of their keys
// if these are in order, or else the places that are free if there are just
// as many. Places without a row are missing entries.
func (w *walk) settle(next ledger.Seq) {
	doubtful, free := w.doubtful, next-w.At-1
	w.doubtful = nil
	if free > 0 {
		w.before = nil
	}
	ordered := w.At
	for _, d := range doubtful {
		if d.key <= ordered || d.key >= next {
			ordered = 0
			break
		}
		ordered = d.key
	}
	switch {
	case len(doubtful) > 0 && ordered > 0:
		for _, d := range doubtful {
			w.Lost(d.key-1, "it is missing")
			w.Bad(d.reason)
		}
	case len(doubtful) == int(free):
		for _, d := range doubtful {
			w.Bad(fmt.Sprintf("it is stored under the number %d; %s", int64(d.key), d.reason))
		}
	default:
		for _, d := range doubtful {
			w.Store("behind entry %d lies a damaged entry, stored under the number %d: %s", w.At, int64(d.key), d.reason)
		}
	}
	w.Lost(next-1, "it is missing")
}

func reason(err error) string {
	return strings.TrimPrefix(err.Error(), ledger.ErrCorrupt.Error()+": ")
}

// fault says what is wrong with an entry whose hash holds; err is what its
// row has against it.
func (w *walk) fault(e ledger.Entry, err error) string {
	switch {
	case err != nil:
		return reason(err)
	case e.Seq == 1 && e.Prev != ledger.Hash{}:
		return fmt.Sprintf("it is the first, but names %s as the hash of an entry before it", e.Prev)
	case w.before != nil && *w.before != e.Prev:
		return fmt.Sprintf("it names %s as the hash of the entry before, which has %s", e.Prev, *w.before)
	case e.Time.Before(w.time):
		return fmt.Sprintf("its time %s is before %s, that of an earlier entry", e.Time.Format(time.RFC3339Nano), w.time.Format(time.RFC3339Nano))
	case e.Seq == w.acknowledged.Seq && e.Hash != w.acknowledged.Hash:
		return fmt.Sprintf("its hash is %s, but %s was acknowledged", e.Hash, w.acknowledged.Hash)
	}
	return ""
}
