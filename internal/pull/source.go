package pull

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/federation"
)

// source is one source and how it is doing.
type source struct {
	cfg  Config
	deps *Deps
	// pull fetches what is new, page by page; of another hub until something is in
	// the way.
	pull     func(context.Context) error
	follower *federation.Follower // of another hub; nil for other kinds

	trying sync.Mutex // held by the one try at a time; guards what follows
	found  string     // taxii: the collection's URL
	seen   *lines     // texts: the lines of the last one
	misses int        // hub: how often in a row it could not be reached

	mu     sync.Mutex // guards what follows
	state  state
	status Status
}

func newSource(cfg Config, deps *Deps, peers *federation.Peers) *source {
	s := &source{cfg: cfg, deps: deps}
	switch cfg.Kind {
	case kindHub:
		s.follower = s.follow(peers)
		s.pull = s.follower.Run
	case kindTAXII:
		s.pull = s.pullTAXII
	case kindMISP:
		s.pull = s.pullMISP
	default:
		s.pull = s.pullText
	}
	return s
}

// restore is told what the ledger says.
func (s *source) restore(known state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = known
}

// so gives what is known of how far the source was pulled, for its present
// configuration.
func (s *source) so() state {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.from != s.cfg.origin() {
		return state{}
	}
	return s.state
}

func (s *source) current() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.status
	now.Name, now.Kind, now.URL, now.Partner = s.cfg.Name, s.cfg.Kind, s.cfg.shownURL(), s.cfg.Partner
	now.Taken, now.Rejected, now.LastTaken = s.state.taken, s.state.rejected, s.state.lastTaken
	if s.follower != nil {
		now.Taken, now.Rejected = s.follower.Totals()
		log := s.follower.Log()
		now.LogSize, now.LogSeen = log.Size, log.Seen
	}
	return now
}

// run tries over and over until the context ends.
func (s *source) run(ctx context.Context) {
	if s.follower != nil {
		s.runHub(ctx)
		return
	}
	wait := first(s.cfg.every())
	for failures := 0; ; {
		s.mu.Lock()
		s.status.Next = time.Now().Add(wait).UTC()
		s.mu.Unlock()
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
		if err := s.try(ctx); err != nil {
			failures++
			wait = backOff(s.cfg.every(), failures, asked(err))
		} else {
			failures = 0
			wait = around(s.cfg.every())
		}
	}
}

// try pulls once and remembers how that went.
func (s *source) try(ctx context.Context) error {
	s.trying.Lock()
	defer s.trying.Unlock()
	s.mu.Lock()
	s.status.LastTry = time.Now().UTC()
	s.mu.Unlock()
	err := s.pull(ctx)
	if ctx.Err() != nil {
		return ctx.Err() // the hub stops: that is no problem of the source
	}
	problem := describe(err)
	s.mu.Lock()
	s.status.Problem = problem
	if err == nil {
		s.status.LastSuccess = time.Now().UTC()
	}
	s.mu.Unlock()
	if s.passing(err) {
		return err
	}
	return errors.Join(err, s.note(ctx, problem))
}

// note records a problem, or that there is none.
func (s *source) note(ctx context.Context, problem string) error {
	err := s.record(ctx, Pulled{Problem: problem})
	if err == nil || ctx.Err() != nil {
		return nil //nolint:nilerr // the hub stops
	}
	s.deps.Logger.Error("cannot record a pull", "source", s.cfg.Name, "error", err)
	return err
}

// describe is a problem as people are shown it: one line, without the query of
// a URL, which may hold a key.
func describe(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	if at := (*url.Error)(nil); errors.As(err, &at) {
		if u, parseErr := url.Parse(at.URL); parseErr == nil && u.RawQuery != "" {
			text = strings.ReplaceAll(text, "?"+u.RawQuery, "")
		}
	}
	return cut(strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " "))
}

// ownError is a problem of the hub, not of what the source sent.
type ownError struct{ error }

func (e *ownError) Unwrap() error { return e.error }

// take reads a text as the partner's submission, contributes what can be taken
// and records it with the step's cursor.
func (s *source) take(ctx context.Context, text io.Reader, step Pulled) error {
	partner, ok := s.deps.Partner(s.cfg.Partner)
	if !ok {
		return &ownError{fmt.Errorf("there is no partner %q: add it with `tocsin partner add`, or name another one in the configuration", s.cfg.Partner)}
	}
	submission, err := s.cfg.submission(partner)
	if err != nil {
		return err
	}
	outcome, done, err := s.deps.Read(ctx, text, submission)
	if err != nil {
		return err
	}
	defer done()
	if len(outcome.Drafts) > 0 {
		known, err := s.deps.Contribute(ctx, partner, outcome)
		if err != nil {
			return &ownError{fmt.Errorf("contribute: %w", err)}
		}
		if !known {
			step.Contribution, step.Taken = outcome.ID, outcome.Accepted
		}
	}
	step.Rejected = len(outcome.Rejected)
	step.Rejections = firstOf(outcome.Rejected)
	return s.record(ctx, step)
}
