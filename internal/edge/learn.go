package edge

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/knowledge"
	"github.com/tocsin-project/tocsin/internal/mark"
	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// learner follows what the hub's partners contribute: their indicators are
// matched like the hub's own protections. It belongs to one goroutine, but for
// known and done.
type learner struct {
	client *client.Client
	clock  func() time.Time
	log    *slog.Logger
	dir    string // for the store; there is a second one beside it while all is learned again

	store     *knowledge.Store
	current   atomic.Pointer[knowledge.Store] // the same, for others
	exchanged func(*knowledge.Store)
	learned   func([]match.Indicator)
	caughtUp  func() // the store holds what the hub had to tell

	known      mark.Mark[uint64] // 1 once the store holds what the hub had to tell
	done       mark.Mark[uint64] // the line of the stream up to which the store knows
	compacting sync.WaitGroup
	away       away
	late       []match.Indicator // learned from the beginning, and not known before
	busy       chan struct{}     // held while the store is written anew
	unreadable bool              // the last stream ended at once, with a line that cannot be right
}

const indicatorDir = "indicators"

// indicators are what an edge reads of contributions.
const indicators = contribution.KindAccepted + "/indicator"

func newLearner(cfg Config) (*learner, error) {
	l := &learner{client: cfg.Client, clock: cfg.Clock, log: cfg.Logger, dir: filepath.Join(cfg.StateDir, indicatorDir), busy: make(chan struct{}, 1)}
	l.away = away{log: cfg.Logger, stays: "what its partners told last is matched"}
	var err error
	l.store, err = l.open(l.dir)
	if errors.Is(err, knowledge.ErrDamaged) {
		kept, failed := knowledge.SetAside(l.dir)
		if failed != nil {
			return l, errors.Join(err, failed)
		}
		l.log.Error("what the hub's partners told cannot be read and is learned again", "kept", kept, "error", err)
		l.store, err = l.open(l.dir)
	}
	l.current.Store(l.store)
	return l, err
}

func (l *learner) open(dir string) (*knowledge.Store, error) {
	return knowledge.Open(dir, patternset.Options{Now: l.clock}, l.clock)
}

// run follows until the context ends, through every absence of the hub.
func (l *learner) run(ctx context.Context) error {
	defer l.compacting.Wait()
	pause := shortestPause
	for {
		began, before := l.clock(), l.store.Mark()
		err := errors.Join(l.follow(ctx), l.store.Expire()) // what ends does so without a hub, too
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if l.store.Mark() != before || l.clock().Sub(began) > longestPause {
			pause = shortestPause
		}
		if l.mustRelearn(err, l.store.Mark() == before) {
			l.log.Info("what the hub's partners know is learned from the beginning", "because", err)
			if failed := l.relearn(ctx); failed == nil {
				continue
			} else if ctx.Err() == nil {
				err = failed
			}
		}
		pause = l.away.because(err, pause)
		select {
		case <-time.After(pause/2 + rand.N(pause/2)): // not all edges at once
		case <-ctx.Done():
			return ctx.Err()
		}
		pause = min(2*pause, longestPause)
	}
}

// maxLesson bounds the lines that are learned together.
const maxLesson = 4096

// follow learns line by line what the hub tells, together what came together.
func (l *learner) follow(ctx context.Context) error {
	if l.store.Mark().N == 0 {
		if err := l.backlog(ctx, l.store); err != nil {
			return err
		}
	}
	l.known.Raise(1)
	l.caughtUp()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s, err := l.client.Follow(ctx, l.store.Mark(), indicators)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // the stream is over either way
	l.away.over()
	lines := make(chan stream.Line, maxLesson)
	go func() { cancel(pump(ctx, s, lines)) }()
	beat := time.NewTicker(lookAgain)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-beat.C:
			if err := l.store.Expire(); err != nil {
				return err
			}
			l.compact()
		case line := <-lines:
			batch := []stream.Line{line}
			for range len(lines) {
				batch = append(batch, <-lines)
			}
			if err := l.learn(l.store, batch, true); err != nil {
				return err
			}
		}
	}
}

// learn puts lines into a store. What is new there is worth a look back.
func (l *learner) learn(store *knowledge.Store, lines []stream.Line, live bool) error {
	learned, err := store.Learn(lines...)
	if err != nil {
		return err
	}
	if len(learned.Unread) > 0 {
		l.log.Error("lines cannot be read and are passed over: is this edge older than the hub?", "count", len(learned.Unread), "first", learned.Unread[0])
	}
	if len(learned.Left) > 0 {
		l.log.Warn("indicators that cannot be matched", "count", len(learned.Left), "first", learned.Left[0])
	}
	if learned.Again {
		return errTakenBack
	}
	if live {
		l.done.Raise(store.Mark().N)
		if len(learned.New) > 0 {
			l.learned(learned.New)
		}
		if learned.Incomplete { // a store that is only being filled is asked when it is in use
			return knowledge.ErrIncomplete
		}
		return nil
	}
	for _, i := range learned.New { // what was matched before need not be looked back for
		if !l.store.Holds(i) {
			l.late = append(l.late, i)
		}
	}
	return nil
}

// compact has the store written anew beside everything else.
func (l *learner) compact() {
	if !l.store.Due() {
		return
	}
	select {
	case l.busy <- struct{}{}:
	default:
		return
	}
	store := l.store
	l.compacting.Go(func() {
		defer func() { <-l.busy }()
		if err := store.Compact(); err != nil {
			l.log.Error("the indicators cannot be written anew", "error", err)
		}
	})
}
