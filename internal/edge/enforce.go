package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/mark"
	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// enforcer follows the hub's protections and puts them in force. When the hub
// is away the last known ones stay in force until they expire.
type enforcer struct {
	client  *client.Client
	index   *match.Index
	outlets []Outlet
	log     *slog.Logger
	memory  memory

	known map[observable.Value]protect.Protection
	at    stream.Mark       // the last line of the stream whose receipts the hub has
	done  mark.Mark[uint64] // how many lines that is
}

const (
	shortestPause = 50 * time.Millisecond // before the hub is tried again,
	longestPause  = 10 * time.Second      // doubling up to this
	expiryCheck   = time.Second           // how often expiry is looked for
)

func newEnforcer(cfg Config, index *match.Index) (*enforcer, error) {
	f := &enforcer{
		client: cfg.Client, index: index, outlets: cfg.Outlets, log: cfg.Logger, memory: memory{cfg.StateDir},
		known: map[observable.Value]protect.Protection{},
	}
	kept, err := f.memory.load()
	if err != nil {
		return nil, err
	}
	f.at = kept.Position
	for _, p := range kept.Protections {
		f.keep(p)
	}
	return f, nil
}

// run follows until the context ends, through every absence of the hub.
func (f *enforcer) run(ctx context.Context) error {
	if len(f.known) > 0 {
		f.apply(ctx, nil)
	}
	pause := shortestPause
	for {
		began := time.Now()
		err := f.follow(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var problem *client.Problem
		if errors.As(err, &problem) && (problem.Status == http.StatusGone || problem.Status == http.StatusBadRequest) {
			// The hub does not know the cursor any more: read from the start again.
			f.at = stream.Mark{}
		}
		if time.Since(began) > longestPause {
			pause = shortestPause
		}
		f.log.Warn("the hub is away, protections stay in force", "error", err, "next_try_in", pause)
		if err := f.wait(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, longestPause)
	}
}

// wait pauses; what expires meanwhile goes.
func (f *enforcer) wait(ctx context.Context, pause time.Duration) error {
	beat := time.NewTicker(expiryCheck)
	defer beat.Stop()
	over := time.After(pause)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-beat.C:
			f.expire(ctx)
		case <-over:
			return nil
		}
	}
}

// arrived is a line of the stream, and whether more were there already.
type arrived struct {
	protection protect.Protection
	at         stream.Mark
	more       bool
}

func (f *enforcer) follow(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s, err := f.client.Follow(ctx, f.at, protect.KindDecided)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // the stream is over either way
	lines := make(chan arrived)
	go func() { cancel(readProtections(ctx, s, lines)) }()
	var fresh []protect.Protection
	beat := time.NewTicker(expiryCheck)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-beat.C:
			f.expire(ctx)
		case one := <-lines:
			f.keep(one.protection)
			fresh = append(fresh, one.protection)
			if one.more {
				continue // put in force together what arrived together
			}
			if err := f.confirm(ctx, f.apply(ctx, fresh)); err != nil {
				return err
			}
			if err := f.memory.save(one.at, slices.Collect(maps.Values(f.known))); err != nil {
				return err
			}
			f.at, fresh = one.at, nil
			f.done.Raise(one.at.N)
		}
	}
}

func readProtections(ctx context.Context, s *client.Stream, out chan<- arrived) error {
	for {
		line, more, err := s.Next()
		if err != nil {
			return err
		}
		one := arrived{at: stream.Mark{Cursor: line.Cursor, N: line.N, Chain: line.Chain}, more: more}
		if err := json.Unmarshal(line.Body, &one.protection); err != nil {
			return fmt.Errorf("read a protection from the stream: %w", err)
		}
		select {
		case out <- one:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// keep takes a decision in: what is in force is also matched, so that the
// partner's sightings of it reach the others.
func (f *enforcer) keep(p protect.Protection) {
	old := f.known[p.Value]
	if !old.Yields(p) {
		return // a proposal, or what a kill switch outranks
	}
	f.index.Remove(indicator(old))
	f.known[p.Value] = p
	if p.Status == protect.Active {
		f.index.Add(indicator(p))
	}
}

// indicator is what to look for in telemetry: a blocked domain stands for the
// names below it, too, as it does in the outlets.
func indicator(p protect.Protection) match.Indicator {
	return match.Indicator{ID: p.ID, Value: p.Value, Subdomains: p.Polarity == protect.Block}
}

// apply puts everything known in force and gives the receipts for the fresh ones.
func (f *enforcer) apply(ctx context.Context, fresh []protect.Protection) []protect.Receipt {
	set := feed.Effective(slices.Collect(maps.Values(f.known)), time.Now())
	var receipts []protect.Receipt
	for _, o := range f.outlets {
		err := o.Apply(ctx, set)
		if err != nil {
			f.log.Error("protections could not be put in force", "outlet", o.Name(), "error", err)
		}
		now := time.Now().UTC()
		for _, p := range fresh {
			r := protect.Receipt{Protection: p.ID, Outlet: o.Name(), InForce: p.Status == protect.Active, At: now}
			if err != nil {
				r.InForce, r.Problem = false, err.Error()
			}
			receipts = append(receipts, r)
		}
	}
	return receipts
}

func (f *enforcer) confirm(ctx context.Context, receipts []protect.Receipt) error {
	if len(receipts) == 0 {
		return nil
	}
	return f.client.Post(ctx, "/receipts", struct {
		Receipts []protect.Receipt `json:"receipts"`
	}{receipts}, nil)
}

// expire drops what has expired, also while the hub is away.
func (f *enforcer) expire(ctx context.Context) {
	now, gone := time.Now(), false
	for v, p := range f.known {
		if p.Status == protect.Active && !p.Expires.IsZero() && now.After(p.Expires) {
			p.Status = protect.Expired
			f.index.Remove(indicator(p))
			f.known[v] = p
			gone = true
		}
	}
	if gone {
		f.apply(ctx, nil)
	}
}
