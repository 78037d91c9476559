package web

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exercise"
)

// An exercise is played beside the hub's work: one at a time, on half of one processor,
// for a limited time, and with so few hosts that it takes little memory. It is on no
// ledger: a restart forgets it.

const (
	// exerciseArea is what pages follow that show an exercise.
	exerciseArea = "exercise"
	exerciseTime = 5 * time.Minute // at most, with its rests
)

// exercises are the one that is played and the last that was.
type exercises struct {
	mu   sync.Mutex
	last *played
}

// played is one exercise.
type played struct {
	Scenario exercise.Scenario
	Seeds    int
	By       string // who began it, by name of its partner
	Began    time.Time
	Lasted   time.Duration
	Done, Of int // epidemics
	Over     bool
	Stopped  bool // by somebody
	Late     bool // it took longer than exerciseTime
	Result   *exercise.Comparison
	cancel   context.CancelFunc
}

// look is the exercise that is played, or was last; nil: none since the start.
func (e *exercises) look() *played {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.last == nil {
		return nil
	}
	now := *e.last
	return &now
}

// stop ends the exercise that is played.
func (e *exercises) stop() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.last == nil || e.last.Over {
		return fmt.Errorf("%w: no exercise is being played", access.ErrConflict)
	}
	e.last.Stopped = true
	e.last.cancel()
	return nil
}

// begin plays a scenario in the background.
func (p *pages) begin(one played) error {
	e := &p.exercises
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.last != nil && !e.last.Over {
		return fmt.Errorf("%w: an exercise is being played: wait for its end, or stop it", access.ErrConflict)
	}
	ctx, cancel := context.WithTimeout(p.Ended, exerciseTime)
	one.cancel, one.Began = cancel, p.Clock()
	e.last = &one
	go p.play(ctx, &one)
	return nil
}

// play plays an exercise to its end, whatever that is: a mistake in a simulation is
// said on the page, and ends nothing else.
func (p *pages) play(ctx context.Context, one *played) {
	began, e := time.Now(), &p.exercises
	defer one.cancel()
	seeds := make([]uint64, one.Seeds)
	for i := range seeds {
		seeds[i] = uint64(i) + 1
	}
	result, err := p.compare(ctx, one, seeds)
	e.mu.Lock()
	one.Over, one.Lasted = true, time.Since(began)
	if err == nil {
		one.Result = &result
	}
	one.Late = errors.Is(err, context.DeadlineExceeded)
	e.mu.Unlock()
	if err != nil && ctx.Err() == nil {
		p.Logger.Error("an exercise failed", "scenario", one.Scenario.Name, "error", err)
	}
	p.crowd.Happened(exerciseArea)
	debug.FreeOSMemory() // the hub needs it for other things
}

// compare plays all ways of sharing.
func (p *pages) compare(ctx context.Context, one *played, seeds []uint64) (result exercise.Comparison, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	player := exercise.Player{Workers: 1, Rest: resting(ctx), Played: func(done, of int) {
		p.exercises.mu.Lock()
		one.Done, one.Of = done, of
		p.exercises.mu.Unlock()
		p.crowd.Happened(exerciseArea)
	}}
	if p.Play != nil {
		return p.Play(ctx, player, one.Scenario, seeds)
	}
	return player.Compare(ctx, one.Scenario, seeds)
}

const (
	spell       = 10 * time.Millisecond  // of work before a rest
	longestRest = 100 * time.Millisecond // where a spell took long because others worked
)

// resting gives what one worker calls between its steps: after each spell of work it
// rests for as long, so that there is a processor for what cannot wait.
func resting(ctx context.Context) func() {
	began := time.Now()
	return func() {
		spent := time.Since(began)
		if spent < spell {
			return
		}
		select {
		case <-time.After(min(spent, longestRest)):
		case <-ctx.Done():
		}
		began = time.Now()
	}
}
