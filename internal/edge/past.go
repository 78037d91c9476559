package edge

import (
	"context"
	"time"

	"github.com/tocsin-project/tocsin/internal/hindsight"
	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// rememberEvery is how often what was seen goes to disk: a crash may lose so
// much of the memory, never of the counts.
const rememberEvery = time.Minute

func (e *Edge) rememberLoop(ctx context.Context) error {
	beat := time.NewTicker(rememberEvery)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-beat.C:
			if err := e.past.Flush(); err != nil {
				e.cfg.Logger.Error("what was seen cannot be remembered", "error", err)
			}
		}
	}
}

// maxSuspected bounds the memory of what was reported as a suspect.
const maxSuspected = 1 << 16

// suspect notes what was reported as a suspect: its events have been counted.
func (e *Edge) suspect(list []sighting.Sighting) {
	for i := range list {
		if len(e.suspected) < maxSuspected {
			e.suspected[list[i].Value] = struct{}{}
		}
	}
}

// lookBack answers for indicators that were not known until now: were they seen
// already? What was counted when it was seen is not in the memory, so that
// nothing counts twice.
func (e *Edge) lookBack(indicators []match.Indicator) {
	if len(indicators) == 0 {
		return
	}
	// Events that were asked about before are remembered by the time that the
	// lock is had; those after it are asked about again.
	e.learned.Add(1)
	e.reading.Lock()
	e.reading.Unlock() //nolint:staticcheck // it is a barrier
	asked := make(map[hindsight.Question]match.Indicator, len(indicators))
	questions := func(yield func(hindsight.Question) bool) {
		for _, i := range indicators {
			q := hindsight.Question{Value: i.Value, Subdomains: i.Subdomains}
			if _, again := asked[q]; again {
				continue
			}
			asked[q] = i
			if !yield(q) {
				return
			}
		}
	}
	found := false
	for q, p := range e.past.AskAll(questions) {
		i := asked[q]
		e.tellPast(i, p)
		e.reading.Lock()
		if _, counted := e.suspected[i.Value]; !counted {
			e.hits.addPast(i.Value, stixID(i), p)
			found = true
		}
		e.reading.Unlock()
	}
	if found {
		e.reporter.nudge()
	}
}
