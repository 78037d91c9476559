package edge

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/hashset"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// Names tells which values indicators name: a client of the hub.
type Names interface {
	IndicatorSet(ctx context.Context, have string) (set *hashset.Set, tag string, err error)
	NamedBy(ctx context.Context, fingerprints []uint64) ([]client.Named, error)
}

// BootstrapConfig is what a Bootstrap works with; zero durations are the
// defaults.
type BootstrapConfig struct {
	Hub     Names
	After   time.Duration // how long the change stream may take before the set is fetched; a second
	Refresh time.Duration // how often the set is asked for again; five minutes
	Logger  *slog.Logger
}

// Bootstrap stands in for the indicators that are still on their way. Ten
// million of them are gigabytes of the change stream; their fingerprints are 53
// MB. An edge that is new, or was away for long, matches with those first: what
// the set may have the hub is asked for, beside the readers, and nothing counts
// before the hub has named the very value. When the stream has caught up the
// set is dropped.
//
// To ask tells the hub that something was seen with a fingerprint that the hub
// itself gave out; if an indicator names it a sighting says the same a second
// later. No record, host or time goes with it.
type Bootstrap struct {
	cfg     BootstrapConfig
	set     atomic.Pointer[known]
	gone    chan struct{} // closed when the set has been dropped
	wake    chan struct{}
	settled chan struct{} // closed when it is known whether there is a set
	once    sync.Once     // guards settled

	mu      sync.Mutex // guards what follows
	dropped bool
	waiting []*sought                 // in the order of their coming
	size    int                       // of those, in bytes
	asked   map[uint64][]*sought      // fingerprints without an answer, and who waits for them
	queue   []uint64                  // those of them that are still to be asked
	answers map[uint64][]client.Named // of the last minute
	since   time.Time                 // the first of the answers
	stats   BootstrapStats
}

// known is a set, and the lengths of the prefixes in it.
type known struct {
	*hashset.Set
	v4, v6 []int
}

// BootstrapStats says what a Bootstrap has done.
type BootstrapStats struct {
	Fingerprints int    `json:"fingerprints"` // in the set; 0: there is none
	Waiting      int    `json:"waiting"`      // events that wait for the hub's answer
	Asked        uint64 `json:"asked"`        // fingerprints that the hub has answered for
	Named        uint64 `json:"named"`        // events in which the hub named something
	Late         uint64 `json:"late"`         // events for which no answer came in time
	Full         uint64 `json:"full"`         // events of which the hub was not asked because too many waited
}

// Limits of a Bootstrap.
const (
	defaultAfter   = time.Second
	defaultRefresh = 5 * time.Minute
	mostWaiting    = 4096             // events,
	mostBytes      = 16 << 20         // and what they take
	mostAnswers    = 1 << 16          // fingerprints
	answersFor     = time.Minute      // how long an answer is good
	answerPatience = 5 * time.Second  // of an event with the hub
	callPatience   = 10 * time.Second // with one call
)

// NewBootstrap makes one; it does nothing before Run.
func NewBootstrap(cfg BootstrapConfig) *Bootstrap {
	if cfg.After == 0 {
		cfg.After = defaultAfter
	}
	if cfg.Refresh == 0 {
		cfg.Refresh = defaultRefresh
	}
	return &Bootstrap{
		cfg: cfg, gone: make(chan struct{}), wake: make(chan struct{}, 1), settled: make(chan struct{}),
		asked: map[uint64][]*sought{}, answers: map[uint64][]client.Named{},
	}
}

// Run fetches the set, keeps it fresh, and asks the hub, until the set is
// dropped or the context ends; whatever waits then is told as open.
func (b *Bootstrap) Run(ctx context.Context) {
	defer b.Drop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() { b.fetchLoop(ctx) })
	wg.Go(func() { b.askLoop(ctx) })
	wg.Go(func() { b.giveUpLoop(ctx) })
	select {
	case <-b.gone:
	case <-ctx.Done():
	}
	cancel()
	wg.Wait()
}

// Drop says that the change stream has caught up: nothing is asked from now on.
// Events that still wait are told as open.
func (b *Bootstrap) Drop() {
	b.mu.Lock()
	if b.dropped {
		b.mu.Unlock()
		return
	}
	b.dropped = true
	b.set.Store(nil)
	left := b.waiting
	b.waiting, b.size, b.asked, b.queue, b.answers = nil, 0, nil, nil, nil
	b.stats.Late += uint64(len(left))
	b.mu.Unlock()
	close(b.gone)
	b.settle()
	for _, w := range left {
		b.tell(w)
	}
}

// Ready returns when the set can be asked, or there is none to wait for.
func (b *Bootstrap) Ready(ctx context.Context) error {
	select {
	case <-b.settled:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *Bootstrap) settle() { b.once.Do(func() { close(b.settled) }) }

// Stats is what has been done so far.
func (b *Bootstrap) Stats() BootstrapStats {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.stats
	s.Waiting = len(b.waiting)
	if k := b.set.Load(); k != nil {
		s.Fingerprints = k.Len()
	}
	return s
}

func (b *Bootstrap) fetchLoop(ctx context.Context) {
	tag, pause := "", shortestPause
	for next := b.cfg.After; sleep(ctx, next); {
		set, fresh, err := b.cfg.Hub.IndicatorSet(ctx, tag)
		switch {
		case ctx.Err() != nil:
			return
		case final(err):
			b.cfg.Logger.Warn("the hub gives no set of indicators, they come by the change stream alone", "error", err)
			b.Drop()
			return
		case err != nil:
			b.cfg.Logger.Warn("the hub's set of indicators cannot be had", "error", err, "next_try_in", pause)
			next, pause = pause/2+rand.N(pause/2), min(2*pause, longestPause) // not all edges at once
			continue
		}
		if set != nil {
			b.take(set)
			tag = fresh
		}
		next, pause = b.cfg.Refresh, shortestPause
	}
}

// final says that the same call would fail again.
func final(err error) bool {
	var problem *client.Problem
	return errors.As(err, &problem) && problem.Final()
}

// sleep pauses; it is false if the context has ended.
func sleep(ctx context.Context, pause time.Duration) bool {
	over := time.NewTimer(pause)
	defer over.Stop()
	select {
	case <-over.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (b *Bootstrap) take(set *hashset.Set) {
	k := &known{Set: set, v4: lengths(set, observable.IPv4, 32), v6: lengths(set, observable.IPv6, 128)}
	b.mu.Lock()
	if !b.dropped {
		b.set.Store(k)
	}
	b.mu.Unlock()
	b.settle()
}

// lengths are those of the prefixes in a set.
func lengths(set *hashset.Set, kind observable.Type, most int) (found []int) {
	for length := range most {
		if set.May(hashset.PrefixLength(string(kind), length)) {
			found = append(found, length)
		}
	}
	return found
}
