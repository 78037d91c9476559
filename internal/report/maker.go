package report

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// A report reads the ledger from the incident's first months on, which takes
// seconds of a large one: few are made at a time, one for each partner, and others
// wait for a while. One that plays the model takes longer, and has a turn of its own.
const (
	madeAtOnce   = 2
	playedAtOnce = 1
	patience     = 10 * time.Second
	comeAgain    = 15 * time.Second
)

// Busy says that other reports are being made.
type Busy struct {
	After time.Duration // when it is worth trying again
}

// Error says what to do.
func (b Busy) Error() string { return "other reports are being made: try again later" }

// Maker makes the reports that a hub is asked for, over HTTP and on its pages, few
// at a time. Make one with NewMaker.
type Maker struct {
	ledger  Ledger
	options Options
	clock   func() time.Time
	turns   turns
	played  turns

	mu  sync.Mutex
	own map[string]*ownTurn // by who asks
}

// ownTurn is of those who ask for one partner, as long as there is any.
type ownTurn struct {
	turns
	asking int
}

// NewMaker makes a maker of reports from a ledger.
func NewMaker(l Ledger, o Options, clock func() time.Time) *Maker {
	return &Maker{ledger: l, options: o, clock: clock, turns: make(turns, madeAtOnce), played: make(turns, playedAtOnce), own: map[string]*ownTurn{}}
}

// Make is Build when it is its turn, as of now if no moment is said; seeds are
// those of Options. It is access.ErrInvalid for a moment that has not come, and
// Busy where it waits too long.
func (m *Maker) Make(ctx context.Context, who access.Principal, incident string, asOf time.Time, seeds int) (Report, error) {
	now := m.clock()
	if asOf.After(now) {
		return Report{}, fmt.Errorf("%w: as_of: %s has not come yet: it is %s by the hub's clock", access.ErrInvalid, asOf.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	if asOf.IsZero() {
		asOf = now
	}
	done, err := m.turn(ctx, who, seeds > 0)
	if err != nil {
		return Report{}, err
	}
	defer done()
	o := m.options
	o.Seeds = seeds
	return Build(ctx, m.ledger, who, incident, asOf, o)
}

// turn waits for the asker's own turn, and then for one of the hub's: who asks for
// many keeps nobody else from theirs.
func (m *Maker) turn(ctx context.Context, who access.Principal, plays bool) (done func(), err error) {
	asker := cmp.Or(string(who.Partner), who.By())
	m.mu.Lock()
	own := m.own[asker]
	if own == nil {
		own = &ownTurn{turns: make(turns, 1)}
		m.own[asker] = own
	}
	own.asking++
	m.mu.Unlock()
	leave := func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if own.asking--; own.asking == 0 {
			delete(m.own, asker)
		}
	}
	mine, err := own.take(ctx, patience)
	if err != nil {
		leave()
		return nil, err
	}
	hubs := m.turns
	if plays {
		hubs = m.played
	}
	one, err := hubs.take(ctx, patience)
	if err != nil {
		mine()
		leave()
		return nil, err
	}
	return func() {
		one()
		mine()
		leave()
	}, nil
}

// turns are how many may do something at a time.
type turns chan struct{}

// take waits for a turn, which done gives back, and for no longer than patience.
func (t turns) take(ctx context.Context, patience time.Duration) (done func(), err error) {
	waited := time.NewTimer(patience)
	defer waited.Stop()
	select {
	case t <- struct{}{}:
		return func() { <-t }, nil
	case <-waited.C:
		return nil, Busy{comeAgain}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
