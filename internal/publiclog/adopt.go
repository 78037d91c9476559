package publiclog

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
)

// resumeShared opens the files. A log that has less than what was carried out was
// lost or set back: since the ledger has all of it, it is made again.
func (l *Logger) resumeShared(ctx context.Context) error {
	if err := l.close(); err != nil {
		return err
	}
	x, err := openIndex(l.path(IndexFile))
	if err != nil {
		return err
	}
	size := l.cfg.Log.Tree().Size
	if x.instructed().index > size {
		l.cfg.Logger.Warn("the public log's files are older than what they were, and are made again from the ledger", "size", size, "was", x.instructed().index)
		err := errors.Join(x.file.Close(), os.Remove(l.path(IndexFile)))
		if err == nil {
			x, err = openIndex(l.path(IndexFile))
		}
		if err != nil {
			return err
		}
	}
	h, err := openHistory(l.path(HistoryFile))
	if err != nil {
		return errors.Join(err, x.file.Close())
	}
	l.mu.Lock()
	l.index, l.history, l.until = x, h, 0
	l.indexed.Raise(x.last().seq)
	if n := len(x.leaves); n > 0 && x.leaves[n-1].index >= h.size() {
		l.keepFrom = x.leaves[n-1].index + 1
	}
	l.mu.Unlock()
	if err := l.lastMade(); err != nil {
		return err
	}
	if err := l.keepOwn(); err != nil {
		return err
	}
	l.published(size, false)
	return ctx.Err()
}

// lastMade reads the newest commitment that the index names.
func (l *Logger) lastMade() error {
	n := len(l.index.commitments)
	if n == 0 || l.index.commitments[n-1].index >= l.cfg.Log.Tree().Size {
		return nil
	}
	entry, err := l.cfg.Log.Entry(l.index.commitments[n-1].index)
	if err != nil {
		return err
	}
	made, err := proof.ParseCommitment(entry)
	if err != nil {
		return fmt.Errorf("%w: entry %d of the log: %w", ErrDiverged, l.index.commitments[n-1].index, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = made
	return nil
}

// adopt puts on the ledger what this node's log has beyond the instructions: the
// log of a hub that had one node until now. Until all of it is there nobody logs
// anything else.
func (l *Logger) adopt(ctx context.Context) error {
	if err := l.caughtUp(ctx); err != nil {
		return err
	}
	for {
		from, until, err := l.older(ctx)
		if err != nil || from == until {
			return err
		}
		var leaves [][]byte
		for i := from; i < until && len(leaves) < l.cfg.adoptAtOnce; i++ {
			leaf, err := l.cfg.Log.Entry(i)
			if err != nil {
				return err
			}
			leaves = append(leaves, leaf)
		}
		if _, err := l.decide(ctx, leaves[:split(leaves)], until, func(size int64) error {
			if size != from {
				return errMoved
			}
			return nil
		}); err != nil {
			return err
		}
	}
}

// caughtUp waits until this node has carried out what the ledger has now.
func (l *Logger) caughtUp(ctx context.Context) error {
	l.mu.Lock()
	last := l.index.instructed().seq
	l.mu.Unlock()
	for e, err := range l.cfg.Source.Read(ctx, last, KindAppended, KindCosigned) {
		if err != nil {
			return err
		}
		last = e.Seq
	}
	return l.carriedOut.Wait(ctx, last)
}

// older is what of this node's log is not on the ledger, once it is known that it
// is a log of this ledger.
func (l *Logger) older(ctx context.Context) (from, until int64, err error) {
	l.carrying.Lock()
	defer l.carrying.Unlock()
	from, until = l.index.instructed().index, l.cfg.Log.Tree().Size
	if from == until {
		return from, until, nil
	}
	if err := l.fits(ctx); err != nil {
		return 0, 0, err
	}
	return from, until, l.compare(ctx)
}
