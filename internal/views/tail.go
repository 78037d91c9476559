package views

import (
	"context"
	"fmt"
	"iter"
	"slices"
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
	begun   ledger.Seq // the first cursor: of what came before it, last says nothing
	after   ledger.Seq
	entries []ledger.Entry
	bytes   int
	last    map[ledger.Kind]ledger.Seq // the newest entry of each kind
	all     *wake                      // for the next entry
	wakes   map[string]*wake           // for the next entry that a selection wants
}

// wake is what all readers of one selection of kinds wait on: a thousand edges
// that wait for decisions are not woken by a thousand receipts, nor do they read
// past them.
type wake struct {
	kinds []ledger.Kind // none: all
	first ledger.Seq    // once grown is closed: the entry that did it
	grown chan struct{}
}

func newWake(kinds []ledger.Kind) *wake { return &wake{kinds: kinds, grown: make(chan struct{})} }

// maxWakes bounds the selections that are woken apart; others are with every entry.
const maxWakes = 64

func newTail() *tail {
	return &tail{all: newWake(nil), last: map[ledger.Kind]ledger.Seq{}, wakes: map[string]*wake{}}
}

func (t *tail) start(after ledger.Seq) { t.begun, t.after = after, after }

func (t *tail) add(e ledger.Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries = append(t.entries, e)
	t.bytes += len(e.Body)
	t.last[e.Kind] = e.Seq
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
	t.all.wake(e.Seq)
	t.all = newWake(nil)
	for name, w := range t.wakes {
		if slices.Contains(w.kinds, e.Kind) {
			w.wake(e.Seq)
			delete(t.wakes, name)
		}
	}
}

func (w *wake) wake(first ledger.Seq) {
	w.first = first
	close(w.grown)
}

// since gives the entries after the cursor if the tail still holds them all,
// and what to wait on when there are none yet. Of a reader that wants some kinds
// only it moves the cursor past entries among which there are none of these.
func (t *tail) since(after ledger.Seq, kinds []ledger.Kind) (entries []ledger.Entry, now ledger.Seq, held bool, next *wake) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(kinds) > 0 && after >= t.begun && !slices.ContainsFunc(kinds, func(k ledger.Kind) bool { return t.last[k] > after }) {
		return nil, max(after, t.after+ledger.Seq(len(t.entries))), true, t.woken(kinds)
	}
	if after < t.after {
		return nil, after, false, nil
	}
	from := min(int(after-t.after), len(t.entries))
	return t.entries[from:len(t.entries):len(t.entries)], after, true, t.all
}

func (t *tail) woken(kinds []ledger.Kind) *wake {
	name := fmt.Sprint(kinds)
	w, known := t.wakes[name]
	if !known && len(t.wakes) >= maxWakes {
		return t.all
	}
	if !known {
		w = newWake(kinds)
		t.wakes[name] = w
	}
	return w
}

// Follow yields the entries after the cursor that the memory views have
// folded, from memory where it can and from the ledger where it must. With
// wait it goes on for new ones until the context ends. idle is called whenever
// there is nothing more for now, and with tick at each interval: a fixed beat,
// so that a reader cannot tell from it what happened that it may not see. With
// kinds it may leave out entries of other kinds, and is not woken for them.
func (v *Views) Follow(ctx context.Context, after ledger.Seq, kinds []ledger.Kind, wait bool, interval time.Duration, idle func(tick bool) error) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		beat := time.NewTicker(interval)
		defer beat.Stop()
		tick := false
		for ctx.Err() == nil {
			entries, now, held, next := v.tail.since(after, kinds)
			after = now
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
			case <-next.grown:
				after = max(after, next.first-1) // nothing before it is wanted
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
