package translog

import (
	"cmp"
	"context"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// request is an append that waits for its commit; of its fields the first two
// are its caller's, the others are set by whoever commits it.
type request struct {
	ctx     context.Context
	entries [][]byte

	done  bool
	first int64
	err   error
}

// Append adds the entries in order, all or none, and returns the index of the
// first once the checkpoint that holds them is on disk. Entries have 1 to
// MaxEntry bytes. Appends that come while another is being written share the
// next checkpoint. An error other than ErrInvalid and ErrClosed may leave the
// log in need of being opened again, and the entries in it; the next OpenFile tells.
func (l *Log) Append(ctx context.Context, entries ...[]byte) (first int64, err error) {
	for i, e := range entries {
		if len(e) == 0 || len(e) > MaxEntry {
			return 0, fmt.Errorf("append to log: %w: entry %d has %d bytes, 1 to %d are allowed", ErrInvalid, i, len(e), MaxEntry)
		}
	}
	r := &request{ctx: ctx, entries: entries}
	l.queued.Lock()
	l.waiting = append(l.waiting, r)
	l.queued.Unlock()

	// Whoever comes here first commits for all that wait behind.
	l.appending.Lock()
	defer l.appending.Unlock()
	if !r.done {
		l.commit()
	}
	if r.err != nil {
		return 0, fmt.Errorf("append to log: %w", r.err)
	}
	return r.first, nil
}

// commit appends what is waiting, with appending held.
func (l *Log) commit() {
	l.queued.Lock()
	waiting := l.waiting
	l.waiting = nil
	l.queued.Unlock()

	var entries [][]byte
	for _, r := range waiting {
		r.done, r.first = true, l.tree.Size+int64(len(entries))
		if r.err = cmp.Or(l.broken, r.ctx.Err()); r.err == nil {
			entries = append(entries, r.entries...)
		}
	}
	if len(entries) == 0 {
		return
	}
	if err := l.append(entries); err != nil {
		for _, r := range waiting {
			r.err = cmp.Or(r.err, err)
		}
	}
}

// append puts entries behind the others, with appending held. What changes in memory changes only
// after the files are on disk.
func (l *Log) append(entries [][]byte) error {
	size := l.tree.Size // only appending changes it
	next := l.edge.clone()
	w := &writer{root: l.dir, dirty: make(map[string]bool)}
	files := next.add(size, entries)
	for _, f := range files {
		if err := l.failAt("write " + tilePath(f.tile)); err != nil {
			return err
		}
		if f.tile.N*width >= size>>(height*max(f.tile.L, 0)) {
			// The tile begins here, so partial ones under its number were left by
			// an append that was never published.
			if err := os.RemoveAll(l.path(partials(f.tile))); err != nil {
				return err
			}
		}
		if err := w.put(tilePath(f.tile), f.data); err != nil {
			return err
		}
	}
	if err := l.failAt("sync"); err != nil {
		return err
	}
	if err := w.sync(); err != nil {
		return err
	}
	size += int64(len(entries))
	root, err := next.root(size)
	if err != nil {
		return err
	}
	if err := l.publish(Checkpoint{Origin: l.keys.origin(), Size: size, Root: root}, next); err != nil {
		// Whether the checkpoint counts is for the next OpenFile to find out.
		l.broken = fmt.Errorf("publishing a checkpoint was cut short, open the log again: %w", err)
		return l.broken
	}
	l.prune(files)
	return nil
}

// publish signs a checkpoint and puts it in place of the last one.
func (l *Log) publish(tree Checkpoint, e edge) error {
	keys := l.keys.signing()
	signers := make([]note.Signer, 0, len(keys))
	for _, k := range keys {
		signers = append(signers, k.signer)
	}
	signed, err := note.Sign(&note.Note{Text: tree.String()}, signers...)
	if err != nil {
		return err
	}
	steps := []struct {
		name string
		do   func() error
	}{
		{"write " + nextFile, func() error { return replaceFile(l.dir, l.path(nextFile), signed) }},
		{"sync " + nextFile, func() error { return atomicfile.SyncDir(l.dir) }},
		{"rename " + nextFile, func() error { return os.Rename(l.path(nextFile), l.path(checkpointFile)) }},
		{"sync " + checkpointFile, func() error { return atomicfile.SyncDir(l.dir) }},
	}
	for _, step := range steps {
		if err := l.failAt(step.name); err != nil {
			return err
		}
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	l.become(tree, signed, e)
	return nil
}

// prune removes the partial tiles of tiles that are now full, as the
// specification allows. What it cannot remove does no harm.
func (l *Log) prune(files []tileFile) {
	for _, f := range files {
		if f.tile.W == width {
			_ = os.RemoveAll(l.path(partials(f.tile)))
		}
	}
}

// become changes the state in memory, after the files.
func (l *Log) become(tree Checkpoint, signed []byte, e edge) {
	l.edge = e
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tree, l.signed = tree, signed
}
