package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/stream"
)

const (
	shortestPause = 50 * time.Millisecond // before the hub is tried again,
	longestPause  = 10 * time.Second      // doubling up to this
	lookAgain     = time.Second           // how often expiry is looked for, and outlets that failed are tried again
	maxArrived    = 4096                  // lines that wait while others are put in force
)

// follower reads what the hub decides and hands it to the enforcer.
type follower struct {
	client     *client.Client
	room       *allowance
	log        *slog.Logger
	clock      func() time.Time
	away       away
	at         stream.Mark // the last line that was handed over
	forgotten  bool        // the hub was restored: it may have lost receipts
	unreadable bool        // the last stream ended at once, with a line that cannot be right
	arrivals   chan arrival
}

// arrival is what came together. whole says that it is all that the hub has
// decided; forgotten, that the hub may not know what it was told.
type arrival struct {
	decisions        []protect.Protection
	stops            []protect.Stop
	at               stream.Mark
	whole, forgotten bool
}

func newFollower(cfg Config, at stream.Mark, room *allowance) *follower {
	return &follower{
		client: cfg.Client, room: room, log: cfg.Logger, clock: cfg.Clock, at: at, arrivals: make(chan arrival),
		away: away{log: cfg.Logger, stays: "protections stay in force"},
	}
}

// run follows until the context ends, through every absence of the hub.
func (f *follower) run(ctx context.Context) {
	pause := shortestPause
	for {
		began, before := f.clock(), f.at
		err := f.follow(ctx)
		if ctx.Err() != nil {
			return
		}
		if f.at != before || f.clock().Sub(began) > longestPause {
			pause = shortestPause
		}
		f.reconsider(err, before)
		pause = f.away.because(err, pause)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause/2 + rand.N(pause/2)): // not all edges at once
		}
		pause = min(2*pause, longestPause)
	}
}

// reconsider decides what to do about the position after a stream has ended.
func (f *follower) reconsider(err error, before stream.Mark) {
	var problem *client.Problem
	unreadable := errors.Is(err, stream.ErrAltered) || errors.Is(err, stream.ErrGap) || errors.Is(err, stream.ErrLine)
	switch {
	case f.at.N == 0:
	case errors.As(err, &problem) && problem.Status == http.StatusGone:
		// The hub was restored from an older state. It may have lost receipts
		// with the decisions: tell it all again.
		f.at, f.forgotten = stream.Mark{}, true
	case errors.As(err, &problem) && problem.Status == http.StatusBadRequest:
		f.at = stream.Mark{} // the cursor is not for this token, or the hub has other keys
	case unreadable && f.at == before && f.unreadable:
		f.at = stream.Mark{} // it was no accident on the way: the beginning tells
	}
	f.unreadable = unreadable && f.at == before
}

func (f *follower) follow(ctx context.Context) error {
	if f.at.N == 0 {
		if err := f.relearn(ctx); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s, err := f.client.Follow(ctx, f.at, protect.KindDecided, protect.KindStopped)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // the stream is over either way
	f.away.over()
	lines := make(chan stream.Line, maxArrived)
	go func() { cancel(pump(ctx, s, lines)) }()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case line := <-lines:
			var a arrival
			f.read(&a, line)
			for range len(lines) { // what came meanwhile is put in force together
				f.read(&a, <-lines)
			}
			if err := f.hand(ctx, a); err != nil {
				return err
			}
		}
	}
}

// pump reads a stream ahead of whoever takes its lines.
func pump(ctx context.Context, s *client.Stream, out chan<- stream.Line) error {
	for {
		line, err := s.Next()
		if err != nil {
			return err
		}
		select {
		case out <- line:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// hand gives the enforcer what came.
func (f *follower) hand(ctx context.Context, a arrival) error {
	select {
	case f.arrivals <- a:
		f.at = a.at
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// read takes in a line. One that this release cannot read is passed over: it
// must not keep out those that come after it.
func (f *follower) read(a *arrival, line stream.Line) {
	a.at = stream.Mark{Cursor: line.Cursor, N: line.N, Chain: line.Chain}
	var p protect.Protection
	var s protect.Stop
	var err error
	if line.Kind == protect.KindStopped {
		if err = json.Unmarshal(line.Body, &s); err == nil {
			a.stops = append(a.stops, s)
		}
	} else if err = json.Unmarshal(line.Body, &p); err == nil {
		a.decisions = append(a.decisions, p)
	}
	if err != nil {
		f.log.Error("a decision cannot be read and is passed over: is this edge older than the hub?", "line", line.N, "error", err)
	}
}

// relearn reads the hub's decisions from the beginning, and only when it has
// them all hands them over.
func (f *follower) relearn(ctx context.Context) error {
	s, err := f.client.Backlog(ctx, stream.Mark{}, protect.KindDecided, protect.KindStopped)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // the stream is over either way
	a := arrival{whole: true, forgotten: f.forgotten}
	for {
		line, err := s.Next()
		if errors.Is(err, io.EOF) {
			if err := f.hand(ctx, a); err != nil {
				return err
			}
			f.forgotten = false
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the hub's decisions from the beginning: %w", err)
		}
		f.read(&a, line)
		f.room.hold(len(a.decisions))
	}
}
