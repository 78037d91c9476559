package jetstream

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/paged"
)

// Read yields the entries after the cursor: see [ledger.Ledger]. It asks the
// nearest copy, page by page, for what this node knows to be there. By kind it
// reads the others, too, and verifies them.
func (l *Ledger) Read(ctx context.Context, after ledger.Seq, kinds ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		r := reading{l: l, at: after, kinds: kinds}
		paged.Yield(yield, func() (paged.Page, error) {
			page, err := r.next(ctx)
			return paged.Page{Entries: page, After: r.at}, err
		}, func() bool { return !r.ended })
	}
}

// reading is the state of one Read between its pages.
type reading struct {
	l       *Ledger
	kinds   []ledger.Kind
	at      ledger.Seq  // the cursor
	hash    ledger.Hash // of the entry at the cursor, if chained
	chained bool        // always at the beginning
	size    int         // how many entries the next page holds at most
	ended   bool        // the cursor is at the head
}

// firstPage is how many entries the first page holds at most. Who reads one
// entry does not wait for hundreds, and who reads on gets pages of twice as many.
const firstPage = 16

// next reads one page. With an error it still gives the sound entries before
// the damage.
func (r *reading) next(ctx context.Context) (page []ledger.Entry, err error) {
	head, err := r.l.Head(ctx)
	if err != nil {
		return nil, err
	}
	if r.at >= head.Seq {
		r.ended = true
		return nil, nil
	}
	from := r.at + 1
	if r.at > 0 && !r.chained {
		from = r.at // for the hash that the first entry read has to name
	}
	r.size = max(firstPage, min(2*r.size, pageEntries))
	n := int(min(ledger.Seq(r.size), head.Seq-from+1))
	stored, err := r.l.fetchKnown(ctx, from, n, false)
	if err != nil {
		return nil, err
	}
	page = make([]ledger.Entry, 0, len(stored))
	for i, m := range stored {
		e, err := r.verify(from+ledger.Seq(i), m)
		if err != nil {
			return page, err
		}
		if e.Seq > r.at && r.wanted(e.Kind) {
			page = append(page, e)
		}
		r.at, r.hash, r.chained = e.Seq, e.Hash, true
	}
	return page, nil
}

func (r *reading) wanted(k ledger.Kind) bool {
	return len(r.kinds) == 0 || slices.Contains(r.kinds, k)
}

// verify opens the message that has to be the entry seq, and checks its link.
func (r *reading) verify(seq ledger.Seq, m message) (ledger.Entry, error) {
	e, err := openMessage(0, m.Data)
	switch {
	case err != nil:
		return e, &paged.Damage{Seq: seq, Cause: err}
	case e.Seq != seq:
		return e, &paged.Damage{Seq: seq, Cause: fmt.Errorf("%w: it is missing; the next one is %d", ledger.ErrCorrupt, e.Seq)}
	case seq == 1 && e.Prev != ledger.Hash{}, r.chained && e.Prev != r.hash:
		return e, &paged.Damage{Seq: seq, Cause: fmt.Errorf("%w: it follows %s, but the entry before is %s", ledger.ErrCorrupt, e.Prev, r.hash)}
	}
	return e, nil
}
