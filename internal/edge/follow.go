package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/stream"
)

const (
	shortestPause = 50 * time.Millisecond // before the hub is tried again,
	longestPause  = 10 * time.Second      // doubling up to this
	lookAgain     = time.Second           // how often expiry is looked for, and outlets that failed are tried again
	maxArrived    = 4096                  // lines that wait while others are put in force
)

// run follows until the context ends, through every absence of the hub.
func (f *enforcer) run(ctx context.Context) error {
	if f.at.N > 0 { // before the first answer of a hub nothing is known, which is not the same as nothing
		f.enforce(ctx)
	}
	pause := shortestPause
	for {
		began, before := f.clock(), f.at
		err := f.follow(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if f.at != before || f.clock().Sub(began) > longestPause {
			pause = shortestPause
		}
		f.reconsider(err, before)
		pause = f.away.because(err, pause)
		if err := f.wait(ctx, pause/2+rand.N(pause/2)); err != nil { // not all edges at once
			return err
		}
		pause = min(2*pause, longestPause)
	}
}

// reconsider decides what to do about the position after a stream has ended.
func (f *enforcer) reconsider(err error, before stream.Mark) {
	var problem *client.Problem
	unreadable := errors.Is(err, stream.ErrAltered) || errors.Is(err, stream.ErrGap) || errors.Is(err, stream.ErrLine)
	switch {
	case f.at.N == 0:
	case errors.As(err, &problem) && problem.Status == http.StatusGone:
		// The hub was restored from an older state. It may have lost receipts
		// with the decisions: tell it all again.
		f.at = stream.Mark{}
		for _, o := range f.outlets {
			o.told = map[string]word{}
		}
	case errors.As(err, &problem) && problem.Status == http.StatusBadRequest:
		f.at = stream.Mark{} // the cursor is not for this token, or the hub has other keys
	case unreadable && f.at == before && f.unreadable:
		f.at = stream.Mark{} // it was no accident on the way: the beginning tells
	}
	f.unreadable = unreadable && f.at == before
}

// wait pauses; what expires meanwhile goes.
func (f *enforcer) wait(ctx context.Context, pause time.Duration) error {
	beat := time.NewTicker(lookAgain)
	defer beat.Stop()
	over := time.After(pause)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-beat.C:
			if f.due() {
				f.enforce(ctx)
			}
		case <-over:
			return nil
		}
	}
}

func (f *enforcer) follow(ctx context.Context) error {
	if f.at.N == 0 {
		if err := f.relearn(ctx); err != nil {
			return err
		}
	}
	if err := f.settle(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s, err := f.client.Follow(ctx, f.at, protect.KindDecided)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // the stream is over either way
	f.away.over()
	lines := make(chan stream.Line, maxArrived)
	go func() { cancel(pump(ctx, s, lines)) }()
	beat := time.NewTicker(lookAgain)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-beat.C:
			if !f.due() {
				continue
			}
			f.changed = true
		case line := <-lines:
			f.take(line)
			for range len(lines) { // put in force together what came meanwhile
				f.take(<-lines)
			}
		}
		if err := f.settle(ctx); err != nil {
			return err
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

// decision reads a line. One that this release cannot read is passed over: it
// must not keep out those that come after it.
func (f *enforcer) decision(line stream.Line) (p protect.Protection) {
	if err := json.Unmarshal(line.Body, &p); err != nil {
		f.log.Error("a decision cannot be read and is passed over: is this edge older than the hub?", "line", line.N, "error", err)
		return protect.Protection{Status: protect.Proposed} // changes nothing
	}
	return p
}

func markOf(line stream.Line) stream.Mark {
	return stream.Mark{Cursor: line.Cursor, N: line.N, Chain: line.Chain}
}

// take notes a decision, by the rule that the hub folds them by.
func (f *enforcer) take(line stream.Line) {
	f.at = markOf(line)
	f.changed = takeInto(f.known, f.decision(line)) || f.changed
}

func takeInto(known map[observable.Value]protect.Protection, p protect.Protection) (changed bool) {
	if !known[p.Value].Yields(p) {
		return false // a proposal, or what a kill switch outranks
	}
	if p.Status == protect.Active || p.Status == protect.Canary {
		known[p.Value] = p
	} else {
		delete(known, p.Value)
	}
	return true
}

// relearn reads the hub's decisions from the beginning, and only when it has
// them all takes them for what it knew: what the hub no longer has goes out of
// force then, and nothing before.
func (f *enforcer) relearn(ctx context.Context) error {
	s, err := f.client.Backlog(ctx, stream.Mark{}, protect.KindDecided)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // the stream is over either way
	known := map[observable.Value]protect.Protection{}
	var at stream.Mark
	for {
		line, err := s.Next()
		if errors.Is(err, io.EOF) {
			f.known, f.at, f.changed = known, at, true
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the hub's decisions from the beginning: %w", err)
		}
		takeInto(known, f.decision(line))
		at = markOf(line)
	}
}
