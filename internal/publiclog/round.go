package publiclog

import (
	"context"
	"time"

	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
	"github.com/tocsin-project/tocsin/internal/translog"
)

// published notes that the log has grown to size, and whether a record of a case
// is in what is new.
func (l *Logger) published(size int64, covers bool) {
	if covers {
		l.mu.Lock()
		l.keepFrom = size
		l.mu.Unlock()
	}
	l.size.Raise(uint64(size) + 1) // so that the empty log counts, too
}

// witnessing has each newest checkpoint cosigned, until the context ends.
func (l *Logger) witnessing(ctx context.Context) {
	due := uint64(1)
	for ctx.Err() == nil {
		if l.size.Wait(ctx, due) != nil {
			return
		}
		at := l.size.Get()
		enough, err := l.round(ctx)
		if err != nil && ctx.Err() == nil {
			l.cfg.Logger.Error("a cosigned checkpoint is not kept", "error", err)
		}
		due = at + 1
		if !enough || err != nil {
			// Ask again before long, also if nothing is new.
			wait, cancel := context.WithTimeout(ctx, l.cfg.again)
			_ = l.size.Wait(wait, due)
			cancel()
			due = at
		}
	}
}

// answer is what a witness said.
type answer struct {
	from  *asked
	lines []byte
	err   error
}

// round has the newest checkpoint cosigned by whoever answers in time, and says
// whether they are enough.
func (l *Logger) round(ctx context.Context) (enough bool, err error) {
	has := make(map[string]bool)
	signed, now, err := proof.Known(l.cfg.Log.Checkpoint(), l.cfg.Log.Keys(), l.keys())
	if err != nil {
		return false, err
	}
	for _, c := range now.Witnesses {
		has[c.Key] = true
	}
	shown := signed // the others' cosignatures come into another copy
	answers := make(chan answer, len(l.known))
	pending := 0
	for _, w := range l.known {
		if !has[w.Key] && l.begin(w) {
			pending++
			l.asking.Go(func() { answers <- l.ask(ctx, w, shown, now.Checkpoint) })
		}
	}
	patience := time.NewTimer(l.cfg.Witnesses.Patience)
	defer patience.Stop()
	for satisfied := l.satisfied(has); ; {
		if satisfied && !enough {
			patience.Reset(min(grace, l.cfg.Witnesses.Patience))
		}
		enough = satisfied
		if pending == 0 {
			break
		}
		var a answer
		select {
		case a = <-answers:
			pending--
		case <-patience.C:
			pending = 0
		case <-ctx.Done():
			return false, nil
		}
		if a.from == nil || a.err != nil {
			continue
		}
		more, err := translog.Cosign(signed, l.cfg.Log.Keys(), l.keys(), a.lines)
		if err != nil {
			continue // the log's keys have changed meanwhile: the next round
		}
		signed, has[a.from.Key] = more, true
		satisfied = l.satisfied(has)
	}
	if !enough {
		return false, nil
	}
	return true, l.publish(ctx, cosigned{signed, now.Checkpoint})
}

func (l *Logger) keys() []string {
	keys := make([]string, len(l.known))
	for i, w := range l.known {
		keys[i] = w.Key
	}
	return keys
}

// satisfied says whether those with these keys are enough.
func (l *Logger) satisfied(has map[string]bool) bool {
	return l.cfg.Witnesses.Quorum == nil || l.cfg.Witnesses.Quorum.Satisfied(func(name string) bool {
		for _, w := range l.known {
			if w.Name == name {
				return has[w.Key]
			}
		}
		return false
	})
}
