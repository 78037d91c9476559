package mirror

import (
	"sync"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// offers are the entries of this node's own appends that the file does not have
// yet: what was just appended need not be read back. They are only offered. What
// does not fit is read from the shared ledger, which alone decides what is damage.
type offers struct {
	wake chan struct{} // holds a token if something was offered since

	mu      sync.Mutex // guards what follows
	asking  int        // appends that may offer something soon
	entries map[ledger.Seq]ledger.Entry
}

func newOffers() *offers {
	return &offers{wake: make(chan struct{}, 1), entries: make(map[ledger.Seq]ledger.Entry)}
}

// ask counts an append that is under way.
func (o *offers) ask() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asking++
}

// put ends one that was counted, with what it appended.
func (o *offers) put(entries []ledger.Entry) {
	o.mu.Lock()
	o.asking--
	for _, e := range entries {
		o.entries[e.Seq] = e
	}
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// withdraw takes back what was offered: the append returns, and the entries'
// memory is its caller's.
func (o *offers) withdraw(entries []ledger.Entry) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range entries {
		delete(o.entries, e.Seq)
	}
}

// after gives the entries that follow the cursor without a gap, as many as one
// transaction takes. Soon means that there are none, but an append is under way.
func (o *offers) after(cursor ledger.Seq) (run []ledger.Entry, soon bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for bytes := 0; len(run) < takeEntries && bytes < takeBytes; {
		e, ok := o.entries[cursor+1]
		if !ok {
			break
		}
		run, cursor, bytes = append(run, e), e.Seq, bytes+len(e.Body)+len(e.Audience)
	}
	return run, len(run) == 0 && o.asking > 0
}
