package publiclog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
)

// resume opens the files and finds out what of the ledger is logged: what the
// index says, held against log and ledger, and what the log has beyond it.
func (l *Logger) resume(ctx context.Context) error {
	if err := l.close(); err != nil {
		return err
	}
	x, err := openIndex(l.path(IndexFile))
	if err != nil {
		return err
	}
	h, err := openHistory(l.path(HistoryFile))
	if err != nil {
		return errors.Join(err, x.file.Close())
	}
	l.mu.Lock()
	l.index, l.history = x, h
	l.mu.Unlock()
	if err := l.fits(ctx); err != nil {
		return err
	}
	if err := l.compare(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	l.indexed.Raise(l.index.last().seq)
	if n := len(l.index.leaves); n > 0 && l.index.leaves[n-1].index >= l.history.size() {
		l.keepFrom = l.index.leaves[n-1].index + 1
	}
	l.mu.Unlock()
	l.published(l.cfg.Log.Tree().Size, false)
	return nil
}

// fits holds the newest of what is noted against the log and the ledger.
func (l *Logger) fits(ctx context.Context) error {
	size := l.cfg.Log.Tree().Size
	l.mu.Lock() // a round of the witnesses may end meanwhile
	known := max(l.index.last().index+1, l.history.size())
	l.mu.Unlock()
	if known > size {
		return fmt.Errorf("%w: the log has %d entries and %d were published: it was set back to an older copy, and logging on would fork it; "+
			"put its newest copy back, see docs/public-log.md", ErrDiverged, size, known)
	}
	for _, list := range [][]noted{l.index.leaves, l.index.commitments} {
		if len(list) == 0 {
			continue
		}
		n := list[len(list)-1]
		entry, err := l.cfg.Log.Entry(n.index)
		if err != nil {
			return err
		}
		same, made, err := l.same(ctx, n, entry)
		if err != nil {
			return err
		}
		if !same {
			return fmt.Errorf("%w: entry %d of the log is not of entry %d of the ledger as it is: one of them is of another hub, "+
				"or the ledger was restored from a backup that is older than the log; what was public before cannot be undone: "+
				"restore the newer ledger, see docs/public-log.md", ErrDiverged, n.index, n.seq)
		}
		if n.what == commitmentEntry {
			l.mu.Lock()
			l.last = made
			l.mu.Unlock()
		}
	}
	return nil
}

// same says whether an entry of the log is what is noted of it.
func (l *Logger) same(ctx context.Context, n noted, entry []byte) (bool, proof.Commitment, error) {
	if n.what == leafEntry {
		leaf, ok := l.cfg.Source.Leaf(n.seq)
		return ok && bytes.Equal(leaf, entry), proof.Commitment{}, nil
	}
	e, err := ledger.At(ctx, l.cfg.Source, n.seq)
	if errors.Is(err, ledger.ErrNoEntry) {
		return false, proof.Commitment{}, nil
	}
	if err != nil {
		return false, proof.Commitment{}, err
	}
	c, err := proof.ParseCommitment(entry)
	return err == nil && c.Head == e.Hash, c, nil
}

// Entries of the log that are of the ledger's entries: a record's commitment, an
// act on a key.
var leafTags = []string{"tocsin-record/v1\n", "tocsin-key/v1\n"}

func isLeaf(entry []byte) bool {
	for _, tag := range leafTags {
		if strings.HasPrefix(string(entry), tag) {
			return true
		}
	}
	return false
}

// noteEvery is how many entries of the log are compared before what was found is
// noted.
const noteEvery = 4096

// compare goes through what the log has beyond the index, beside the ledger, and
// notes what it finds. Entries of other forms are not of the ledger's entries:
// those of dossiers and keys, and commitments as older hubs wrote them.
func (l *Logger) compare(ctx context.Context) error {
	last := l.index.last()
	size := l.cfg.Log.Tree().Size
	if last.index+1 >= size {
		return nil
	}
	next, stop := iter.Pull2(l.cfg.Source.Read(ctx, l.rereadFrom(last)))
	defer stop()
	m := &merge{source: l.cfg.Source, next: next, done: last.seq}
	var found []noted
	var newest proof.Commitment
	for i := last.index + 1; i < size; i++ {
		entry, err := l.cfg.Log.Entry(i)
		if err != nil {
			return err
		}
		n, made, err := m.place(i, entry)
		if err != nil {
			return err
		}
		if n.seq > 0 {
			found = append(found, n)
		}
		if n.what == commitmentEntry {
			newest = made
		}
		if len(found) >= noteEvery || i == size-1 {
			if err := l.note(found, newest); err != nil {
				return err
			}
			found = nil
		}
	}
	return ctx.Err()
}

// rereadFrom is after which entry the ledger is read again: a commitment may be
// to the very entry whose leaf was noted last.
func (l *Logger) rereadFrom(last noted) ledger.Seq {
	if last.what == leafEntry {
		return last.seq - 1
	}
	return last.seq
}
