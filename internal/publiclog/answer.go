package publiclog

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/translog"
)

// begin says whether the witness may be asked: one at a time.
func (l *Logger) begin(w *asked) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.busy {
		return false
	}
	w.busy = true
	return true
}

// ask asks one witness, publishes what it says beside the checkpoint, and notes
// how it went. One that is too late for its round is heard all the same.
func (l *Logger) ask(ctx context.Context, w *asked, signed []byte, tree translog.Checkpoint) answer {
	patient, cancel := context.WithTimeout(ctx, l.cfg.Witnesses.Patience)
	defer cancel()
	lines, err := w.Ask(patient, signed, tree, func(older int64) (tlog.TreeProof, error) {
		if older == 0 {
			return nil, nil
		}
		return l.cfg.Log.ProveConsistency(older, tree.Size)
	})
	if err == nil {
		if _, err = l.cfg.Log.Cosign(tree, lines, l.keys()); errors.Is(err, translog.ErrStale) {
			err = nil // the log has grown; the cosignature is as good as before
		}
	}
	if err == nil {
		_, err = translog.Cosign(signed, l.cfg.Log.Keys(), []string{w.Key}, lines)
	}
	if ctx.Err() == nil {
		l.answered(w, tree, err)
	} else {
		l.mu.Lock()
		w.busy = false
		l.mu.Unlock()
	}
	return answer{w, lines, err}
}

// answered notes how a witness has answered, and tells of a change.
func (l *Logger) answered(w *asked, tree translog.Checkpoint, err error) {
	l.mu.Lock()
	before := w.state.Error
	w.busy, w.state.Error = false, ""
	if err != nil {
		w.state.Error = err.Error()
	} else {
		w.state.Size, w.state.At = tree.Size, l.cfg.Clock().UTC()
	}
	l.mu.Unlock()
	switch {
	case err != nil && before == "":
		l.cfg.Logger.Warn("a witness does not cosign", "witness", w.Name, "error", err)
	case err == nil && before != "":
		l.cfg.Logger.Warn("a witness cosigns again", "witness", w.Name)
	}
}

// keep makes a checkpoint the newest cosigned one, and puts it into the history
// if it is the first that covers a record of a case.
func (l *Logger) keep(c cosigned) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.tree.Size < l.cosigned.tree.Size {
		return nil
	}
	l.cosigned = c
	if l.history != nil && l.keepFrom > l.history.size() && c.tree.Size >= l.keepFrom {
		if err := l.history.add(c.signed, c.tree.Size); err != nil {
			return fmt.Errorf("write %s: %w", l.path(HistoryFile), err)
		}
	}
	l.enough.Raise(uint64(c.tree.Size) + 1)
	return nil
}

// Cosigned waits for a checkpoint that satisfies the quorum and commits to the
// entry at index.
func (l *Logger) Cosigned(ctx context.Context, index int64) ([]byte, translog.Checkpoint, error) {
	if err := l.enough.Wait(ctx, uint64(index)+2); err != nil {
		return nil, translog.Checkpoint{}, fmt.Errorf("wait for the witnesses to cosign entry %d of the log: %w", index, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cosigned.signed, l.cosigned.tree, nil
}
