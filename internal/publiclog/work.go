package publiclog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
)

// waiting is what is to be logged next. It belongs to one goroutine.
type waiting struct {
	leaves   [][]byte
	seqs     []ledger.Seq // of the leaves
	requests []request

	tree      proof.Tree  // over the entries since the last commitment
	head      ledger.Seq  // the newest of them, and
	headHash  ledger.Hash // its hash
	treeBytes int
	last      noted      // the newest that the index has, as far as this goroutine logged it
	done      ledger.Seq // up to here every leaf was on the log at the beginning

	firstLeaf, firstEntry time.Time // when it began to wait
	committed             time.Time // when the last commitment was made
}

// work logs until the context ends or something goes wrong. It begins with
// finding out from the files where it stood.
func (l *Logger) work(ctx context.Context) error {
	if err := l.resume(ctx); err != nil {
		return err
	}
	if unlogged := (*appendError)(nil); !errors.As(l.Failing(), &unlogged) {
		l.fail(nil)
	}
	return l.logAll(ctx)
}

// logAll logs what the ledger has beyond the index, and goes on for new entries.
func (l *Logger) logAll(ctx context.Context) error {
	var following sync.WaitGroup
	defer following.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	l.mu.Lock()
	after, last := l.index.committed(), l.index.last()
	l.mu.Unlock()
	entries, ended := make(chan ledger.Entry), make(chan error, 1)
	following.Go(func() { ended <- follow(ctx, l.cfg.Source, after, entries) })
	w := &waiting{head: after, last: last, done: last.seq}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		in := entries
		if w.full() {
			in = nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-ended:
			return err
		case e := <-in:
			if err := l.take(w, e); err != nil {
				return err
			}
		case r := <-l.requests:
			w.requests = append(w.requests, r)
		case <-timer.C:
		}
		now := time.Now()
		commit, due := l.due(w, now)
		if due.After(now) {
			timer.Reset(due.Sub(now))
			continue
		}
		if due.IsZero() {
			continue
		}
		err := l.flush(ctx, w, commit)
		w.answer(err)
		if err != nil {
			return err
		}
		l.fail(nil)
		w.clear(commit, now)
		if _, next := l.due(w, now); !next.IsZero() {
			timer.Reset(max(0, next.Sub(now)))
		}
	}
}

// appendError says that the log did not take what waits: whether it does again
// the next append tells.
type appendError struct{ error }

// Unwrap is why.
func (e *appendError) Unwrap() error { return e.error }

// follow hands on the ledger's entries.
func follow(ctx context.Context, from Source, after ledger.Seq, to chan<- ledger.Entry, kinds ...ledger.Kind) error {
	for e, err := range from.Folded(ctx, after, kinds...) {
		if err != nil {
			return fmt.Errorf("follow the ledger: %w", err)
		}
		select {
		case to <- e:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// take has an entry wait. What is logged already is only committed to.
func (l *Logger) take(w *waiting, e ledger.Entry) error {
	now := time.Now()
	if e.Seq > w.done {
		if leaf, ok := l.cfg.Source.Leaf(e.Seq); ok {
			if len(w.leaves) == 0 {
				w.firstLeaf = now
			}
			w.leaves, w.seqs = append(w.leaves, leaf), append(w.seqs, e.Seq)
		}
	}
	if w.firstEntry.IsZero() && !ofLog(e.Kind) {
		w.firstEntry = now
	}
	w.head, w.headHash, w.treeBytes = e.Seq, e.Hash, w.treeBytes+len(e.Body)
	return w.tree.Add(e.Hash)
}

// full says whether a commitment is due because of its size. One to less than what
// is logged already would stand behind leaves of entries that it is not to.
func (w *waiting) full() bool {
	return w.head >= w.done && (w.tree.Size() >= mostEntries || w.treeBytes >= mostBytes)
}

// due is when what waits has to be logged, and whether with a commitment to the
// ledger; the zero time is never.
func (l *Logger) due(w *waiting, now time.Time) (commit bool, at time.Time) {
	if len(w.leaves) > 0 {
		at = w.firstLeaf.Add(l.cfg.Gather)
	}
	if len(w.requests) > 0 || w.full() {
		at = now
	}
	if w.head < w.done || w.firstEntry.IsZero() && !w.full() {
		return false, at
	}
	commitAt := w.firstEntry.Add(min(settle, l.cfg.Every))
	if next := w.committed.Add(l.cfg.Every); next.After(commitAt) {
		commitAt = next
	}
	if at.IsZero() || commitAt.Before(at) {
		at = commitAt
	}
	return w.full() || !commitAt.After(now), at
}

// flush appends what waits in one go, leaves before the commitment that covers
// their entries, and then notes where it is.
func (l *Logger) flush(ctx context.Context, w *waiting, commit bool) error {
	batch := make([][]byte, 0, len(w.leaves)+len(w.requests)+1)
	batch = append(batch, w.leaves...)
	var made proof.Commitment
	if commit {
		root, err := w.tree.Root()
		if err != nil {
			return err
		}
		made = proof.Commitment{Head: w.headHash, Root: root, Time: attribution.Time{Time: l.cfg.Clock().UTC().Truncate(time.Microsecond)}}
		batch = append(batch, made.Leaf())
	}
	if l.cfg.Shared != nil {
		return l.propose(ctx, w, batch, commit)
	}
	for _, r := range w.requests {
		batch = append(batch, r.leaf)
	}
	if err := l.cfg.failAt("append"); err != nil {
		return &appendError{err}
	}
	first, err := l.cfg.Log.Append(ctx, batch...)
	if err != nil {
		return &appendError{err}
	}
	records := make([]noted, 0, len(w.seqs)+1)
	for i, seq := range w.seqs {
		records = append(records, noted{seq, first + int64(i), leafEntry})
	}
	if commit {
		records = append(records, noted{w.head, first + int64(len(w.leaves)), commitmentEntry})
	}
	for i := range w.requests {
		w.requests[i].leaf = nil
		w.requests[i].done <- logged{index: first + int64(len(batch)-len(w.requests)+i)}
	}
	w.requests = nil
	if err := l.note(records, made); err != nil {
		return err
	}
	l.published(first+int64(len(batch)), len(w.leaves) > 0)
	return nil
}

// note writes the index.
func (l *Logger) note(records []noted, made proof.Commitment) error {
	if err := l.cfg.failAt("write index"); err != nil {
		return err
	}
	if err := l.index.write(records); err != nil { // only this goroutine writes
		return fmt.Errorf("write %s: %w", l.path(IndexFile), err)
	}
	if err := l.cfg.failAt("after index"); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range records {
		l.index.take(n)
	}
	if made.Head != (ledger.Hash{}) {
		l.last = made
	}
	l.indexed.Raise(l.index.last().seq)
	return nil
}

// answer tells those who wait that nothing was logged.
func (w *waiting) answer(err error) {
	for _, r := range w.requests {
		r.done <- logged{err: err}
	}
	w.requests = nil
}

// clear forgets what was logged.
func (w *waiting) clear(committed bool, now time.Time) {
	w.leaves, w.seqs = nil, nil
	if committed {
		w.tree, w.treeBytes, w.firstEntry, w.committed = proof.Tree{}, 0, time.Time{}, now
	}
}
