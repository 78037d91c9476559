package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/queue"
)

// Take appends entries of another ledger as they are: the same bytes, times and
// hashes, all of them or none. It fails with [ledger.ErrCorrupt] unless the first
// one follows the head, and each the one before; then the ledger goes on as it
// was. When it returns without an error they are on disk.
func (l *Ledger) Take(ctx context.Context, entries ...ledger.Entry) error {
	return l.queue.Take(ctx, entries...)
}

// Refusal is why the ledger takes no entries any more until it is opened again;
// nil if it does.
func (l *Ledger) Refusal() error { return l.queue.Refusal() }

// insertGiven stores the entries of one [Ledger.Take], if they follow the head,
// and gives the head after them.
func (l *Ledger) insertGiven(r *queue.Append, head ledger.Head, last time.Time) (ledger.Head, time.Time, error) {
	records, err := recordsAfter(head, last, r.Given)
	if err != nil {
		r.Err = err
		return head, last, nil
	}
	for i, e := range r.Given {
		if err := store(l.conn, e, records[i]); err != nil {
			return head, last, fmt.Errorf("store entry %d: %w", e.Seq, err)
		}
		l.dirty += 2 + len(records[i])/4096
		head, last = ledger.Head{Seq: e.Seq, Hash: e.Hash}, e.Time
	}
	return head, last, nil
}

// recordsAfter gives the records of entries that follow the head.
func recordsAfter(head ledger.Head, last time.Time, entries []ledger.Entry) ([][]byte, error) {
	records := make([][]byte, len(entries))
	for i, e := range entries {
		record, err := recordAfter(head, last, e)
		if err != nil {
			return nil, err
		}
		records[i], head, last = record, ledger.Head{Seq: e.Seq, Hash: e.Hash}, e.Time
	}
	return records, nil
}

// recordAfter gives the record of an entry if its hash holds and it follows the
// head, which was accepted at last.
func recordAfter(head ledger.Head, last time.Time, e ledger.Entry) ([]byte, error) {
	record := e.Record()
	switch again, err := ledger.Open(record, e.Hash); {
	case err != nil:
		return nil, fmt.Errorf("entry %d: %w", head.Seq+1, err)
	case again.Seq != head.Seq+1:
		return nil, fmt.Errorf("%w: entry %d comes after entry %d", ledger.ErrCorrupt, again.Seq, head.Seq)
	case again.Prev != head.Hash:
		return nil, fmt.Errorf("%w: entry %d follows %s, but the entry before is %s", ledger.ErrCorrupt, again.Seq, again.Prev, head.Hash)
	case again.Time.Before(last):
		return nil, fmt.Errorf("%w: entry %d is older than the entry before", ledger.ErrCorrupt, again.Seq)
	}
	return record, nil
}
