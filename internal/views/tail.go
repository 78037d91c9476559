package views

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// The newest entries are kept in memory, so that a thousand followers of the
// stream do not read each push from disk a thousand times.
const (
	tailEntries = 4096
	tailBytes   = 8 << 20
)

// tail holds the entries (after, after+len(entries)] of the ledger.
type tail struct {
	mu      sync.Mutex
	after   ledger.Seq
	entries []ledger.Entry
	bytes   int
	grown   chan struct{} // closed when an entry is added
}

func newTail() *tail { return &tail{grown: make(chan struct{})} }

func (t *tail) start(after ledger.Seq) { t.after = after }

func (t *tail) add(e ledger.Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries = append(t.entries, e)
	t.bytes += len(e.Body)
	drop := 0
	for len(t.entries)-drop > tailEntries || t.bytes > tailBytes && drop < len(t.entries) {
		t.bytes -= len(t.entries[drop].Body)
		drop++
	}
	if drop > 0 {
		t.after = t.entries[drop-1].Seq
		clear(t.entries[:drop])
		t.entries = t.entries[drop:]
	}
	close(t.grown)
	t.grown = make(chan struct{})
}

// since gives the entries after the cursor if the tail still holds them all,
// and what to wait on when there are none yet.
func (t *tail) since(after ledger.Seq) (entries []ledger.Entry, held bool, grown <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if after < t.after {
		return nil, false, nil
	}
	from := min(int(after-t.after), len(t.entries))
	return t.entries[from:len(t.entries):len(t.entries)], true, t.grown
}

// Follow yields the entries after the cursor that the memory views have
// folded, from memory where it can and from the ledger where it must. With
// wait it goes on for new ones until the context ends. idle is called whenever
// there is nothing more for now, and with tick at each interval: a fixed beat,
// so that a reader cannot tell from it what happened that it may not see.
func (v *Views) Follow(ctx context.Context, after ledger.Seq, wait bool, interval time.Duration, idle func(tick bool) error) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		beat := time.NewTicker(interval)
		defer beat.Stop()
		tick := false
		for ctx.Err() == nil {
			entries, held, grown := v.tail.since(after)
			if !held {
				var ok bool
				if after, ok = v.catchUp(ctx, after, yield); !ok {
					return
				}
				continue
			}
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
				after = e.Seq
			}
			if len(entries) > 0 {
				continue
			}
			if err := idle(tick); err != nil {
				yield(ledger.Entry{}, err)
				return
			}
			if !wait {
				return
			}
			tick = false
			select {
			case <-grown:
			case <-beat.C:
				tick = true
			case <-ctx.Done():
			}
		}
	}
}

// catchUp yields from the ledger what the tail no longer holds.
func (v *Views) catchUp(ctx context.Context, after ledger.Seq, yield func(ledger.Entry, error) bool) (ledger.Seq, bool) {
	folded := v.memory.Get()
	for e, err := range v.Ledger.Read(ctx, after) {
		if err != nil {
			yield(ledger.Entry{}, err)
			return after, false
		}
		if e.Seq > folded {
			break // access to it is not decided yet: the memory views come first
		}
		if !yield(e, nil) {
			return after, false
		}
		after = e.Seq
	}
	return after, true
}
