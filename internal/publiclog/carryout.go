package publiclog

import (
	"context"
	"fmt"
	"strings"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// atOnce is how many instructions that are there already share an append.
const atOnce = 64

// carryOut brings this node's log to what the ledger's instructions say, and goes
// on for new ones until the context ends.
func (l *Logger) carryOut(ctx context.Context) error {
	l.mu.Lock()
	at := l.index.instructed()
	l.mu.Unlock()
	known := at.seq > 0 // the first to come was carried out before
	entries, ended := make(chan ledger.Entry, atOnce), make(chan error, 1)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() { ended <- follow(ctx, l.cfg.Source, max(at.seq, 1)-1, entries, KindAppended, KindCosigned) }()
	defer func() { stop(); <-ended }()
	for {
		select {
		case e := <-entries:
			if !ofLog(e.Kind) {
				continue
			}
			if known {
				known = false
				if err := l.recognize(at, e); err != nil {
					return err
				}
				continue
			}
			if err := l.carryOutAll(ctx, gather(e, entries)); err != nil {
				return err
			}
		case err := <-ended:
			ended <- err
			return err
		}
	}
}

// gather takes what is there without waiting.
func gather(first ledger.Entry, entries <-chan ledger.Entry) []ledger.Entry {
	all := []ledger.Entry{first}
	for len(all) < atOnce {
		select {
		case e := <-entries:
			if ofLog(e.Kind) {
				all = append(all, e)
			}
		default:
			return all
		}
	}
	return all
}

// recognize holds the last instruction that was carried out, as the index has it,
// against the ledger and the log.
func (l *Logger) recognize(at noted, e ledger.Entry) error {
	in, err := parseInstruction(e.Body)
	if e.Seq != at.seq || e.Kind != KindAppended || err == nil && in.end() != at.index {
		return fmt.Errorf("%w: the ledger's instructions are not those that were carried out: entry %d came in the place of entry %d; "+
			"the ledger was set back, or is another one, see docs/public-log.md", ErrDiverged, e.Seq, at.seq)
	}
	if err != nil {
		return err
	}
	if _, err := l.beyond(in.Index, in.Leaves); err != nil {
		return err
	}
	l.mu.Lock()
	l.until = in.Until
	l.mu.Unlock()
	l.carriedOut.Raise(e.Seq)
	return nil
}

// carryOutAll carries out some, those in a row with one append.
func (l *Logger) carryOutAll(ctx context.Context, entries []ledger.Entry) error {
	l.carrying.Lock()
	defer l.carrying.Unlock()
	for len(entries) > 0 {
		n := 0
		for n < len(entries) && entries[n].Kind == KindAppended {
			n++
		}
		if err := l.instructed(ctx, entries[:n]); err != nil {
			return err
		}
		if n < len(entries) {
			if err := l.takeCosigned(entries[n]); err != nil {
				return err
			}
			n++
		}
		l.carriedOut.Raise(entries[n-1].Seq)
		entries = entries[n:]
	}
	return nil
}

// instructed carries out instructions. What is void is so on every node, since it
// follows from the instructions before it alone.
func (l *Logger) instructed(ctx context.Context, entries []ledger.Entry) error {
	from, until := l.index.instructed().index, l.until // only this goroutine changes them
	size := from
	var leaves [][]byte
	var done []noted
	for _, e := range entries {
		in, err := parseInstruction(e.Body)
		if err != nil {
			return fmt.Errorf("entry %d of the ledger: %w", e.Seq, err)
		}
		if in.Index != size || until > size && in.Until != until {
			continue
		}
		leaves, size, until = append(leaves, in.Leaves...), in.end(), in.Until
		done = append(done, noted{e.Seq, size, instructionEntry})
	}
	if len(done) == 0 {
		return nil
	}
	records, made, err := l.placed(ctx, from, leaves)
	if err != nil {
		return err
	}
	missing, err := l.beyond(from, leaves)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		if err := l.cfg.failAt("append"); err != nil {
			return &appendError{err}
		}
		if _, err := l.cfg.Log.Append(ctx, missing...); err != nil {
			return &appendError{err}
		}
	}
	if err := l.note(append(records, done...), made); err != nil {
		return err
	}
	l.instructedUpTo(from, leaves, until)
	l.published(size, false)
	l.fail(nil)
	return nil
}

// instructedUpTo notes what is kept in memory only.
func (l *Logger) instructedUpTo(from int64, leaves [][]byte, until int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = until
	for i, leaf := range leaves {
		if isLeaf(leaf) {
			l.keepFrom = from + int64(i) + 1
		}
		if strings.HasPrefix(string(leaf), manifestTag) {
			if len(l.manifests) >= mostManifests {
				clear(l.manifests)
			}
			l.manifests[string(leaf)] = from + int64(i)
		}
	}
}
