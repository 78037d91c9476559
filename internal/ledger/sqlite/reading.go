package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/paged"
	"zombiezen.com/go/sqlite"
)

// reading is the state of one Read between its pages.
type reading struct {
	l       *Ledger
	kinds   []ledger.Kind
	at      ledger.Seq  // the cursor
	hash    ledger.Hash // of the entry at the cursor, if chained
	chained bool
	least   ledger.Seq     // what the ledger had reached before the last page was read
	full    bool           // the last page ended before the ledger did
	room    []ledger.Entry // of the last page, for the next one
	size    int            // how many entries the next page holds at most
	dense   bool           // of the entries that the last page went past, half and more were of the kinds
}

// firstPage is how many entries the first page holds at most. Who reads one entry
// does not wait for hundreds, and who reads on gets pages of twice as many each.
const firstPage = 16

// stretch is how many entries a page by kind looks at where they are dense.
const stretch = 2 * pageEntries

// next reads one page. With an error it still gives the sound entries before
// the damage.
func (r *reading) next(ctx context.Context) (page []ledger.Entry, err error) {
	if len(r.kinds) > maxKinds {
		return nil, fmt.Errorf("%w: %d kinds named, at most %d are allowed", ledger.ErrInvalid, len(r.kinds), maxKinds)
	}
	// What must be there is asked before the page is read: the ledger can
	// only grow in between.
	if r.least, err = r.l.least(); err != nil {
		return nil, err
	}
	r.full, r.size = false, max(firstPage, min(2*r.size, pageEntries))
	page = r.room[:0]
	defer func() { r.room = page }()
	if r.at > math.MaxInt64 {
		return nil, ctx.Err()
	}
	var found error // damage, kept apart from what closes the connection
	err = r.l.readers.with(ctx, r.l.life, func(conn *sqlite.Conn) error {
		if len(r.kinds) == 0 && r.at > 0 && !r.chained {
			if err := r.begin(conn); err != nil || !r.chained {
				return err
			}
		}
		var err error
		if r.dense && r.at+stretch <= r.least {
			err = r.densePage(conn, &page)
		} else {
			r.full, err = r.page(conn, &page)
		}
		if errors.Is(err, ledger.ErrCorrupt) {
			found, err = err, nil
		}
		return err
	})
	switch {
	case found != nil:
		return page, found
	case err != nil:
		return page, err
	case !r.full && len(r.kinds) == 0 && r.at < r.least:
		return page, &paged.Damage{Seq: r.at + 1, Cause: fmt.Errorf("%w: it was acknowledged but is missing; run `tocsin check`", ledger.ErrCorrupt)}
	}
	return page, nil
}

// grown says whether entries have been appended since the last page was read.
func (r *reading) grown() bool {
	now, err := r.l.least()
	return err != nil || now > r.least // an error shows with the next page
}

// begin finds the hash that the first entry read has to name; behind the end
// there is none, and nothing to read.
func (r *reading) begin(conn *sqlite.Conn) error {
	before, err := oneRow(conn, "SELECT seq, kind, hash, x'' FROM entry WHERE seq = ?", int64(r.at))
	switch {
	case err != nil:
		return err
	case before != nil:
		r.hash, r.chained = before.hash, true
	case r.at <= r.least:
		return &paged.Damage{Seq: r.at, Cause: fmt.Errorf("%w: it is missing; run `tocsin check`", ledger.ErrCorrupt)}
	}
	return nil
}

// page appends the next entries and says whether it stopped for size.
func (r *reading) page(conn *sqlite.Conn, page *[]ledger.Entry) (full bool, err error) {
	stmt, err := conn.Prepare(r.query())
	if err != nil {
		return false, damaged(err)
	}
	defer stmt.Reset() //nolint:errcheck // repeats the error of Step
	stmt.BindInt64(1, int64(r.at))
	for i, k := range r.kinds {
		stmt.BindText(i+2, string(k))
	}
	first := r.at
	defer func() { r.dense = len(r.kinds) > 0 && full && 2*len(*page) >= int(r.at-first) }()
	for bytes := 0; len(*page) < r.size && bytes < pageBytes; {
		some, err := stmt.Step()
		if err != nil {
			return false, r.unreadable(err)
		}
		if !some {
			return false, nil
		}
		stored := scanRow(stmt)
		if stored.seq > r.least && !r.l.readOnly {
			return false, nil // committed, but not yet acknowledged
		}
		e, err := r.verify(stored)
		if err != nil {
			return false, err
		}
		*page = append(*page, e)
		bytes += len(stored.record)
	}
	return true, nil
}

// unreadable names the entry that SQLite could not give, where that is known:
// by kind, the next entry may be any.
func (r *reading) unreadable(err error) error {
	err = damaged(err)
	if errors.Is(err, ledger.ErrCorrupt) && len(r.kinds) == 0 {
		return &paged.Damage{Seq: r.at + 1, Cause: err}
	}
	return err
}

func (r *reading) verify(stored row) (ledger.Entry, error) {
	e, err := stored.open()
	if err != nil {
		return e, &paged.Damage{Seq: stored.seq, Cause: err}
	}
	if len(r.kinds) == 0 {
		switch {
		case stored.seq != r.at+1:
			return e, &paged.Damage{Seq: r.at + 1, Cause: fmt.Errorf("%w: it is missing; the next one is %d", ledger.ErrCorrupt, stored.seq)}
		case e.Prev != r.hash:
			return e, &paged.Damage{Seq: e.Seq, Cause: fmt.Errorf("%w: it follows %s, but the entry before is %s", ledger.ErrCorrupt, e.Prev, r.hash)}
		}
	}
	r.at, r.hash, r.chained = e.Seq, e.Hash, true
	return e, nil
}

// query selects by the index, one part for each kind; SQLite merges the parts
// in order without sorting, so that a page costs what it yields.
func (r *reading) query() string {
	const columns = "SELECT seq, kind, hash, record FROM entry "
	if len(r.kinds) == 0 {
		return columns + "WHERE seq > ? ORDER BY seq"
	}
	var b strings.Builder
	for i := range r.kinds {
		if i > 0 {
			b.WriteString(" UNION ALL ")
		}
		fmt.Fprintf(&b, "%sINDEXED BY entry_by_kind WHERE kind = ?%d AND seq > ?1", columns, i+2)
	}
	return b.String() + " ORDER BY seq"
}
