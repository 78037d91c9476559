package demo

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/exercise"
)

// noTime is when no simulated clock is running.
var noTime time.Time

// replay plays the world tick by tick. Each tick's records go to the edges; the
// world goes on when every edge has read them, the hub has decided, and every
// edge has put in force and acknowledged what was decided. Hence a protection
// counts from the next tick on, later than it was in force, and the same seed
// gives the same story however fast the machine is.
func (s *Story) replay(ctx context.Context) error {
	w := s.world()
	worm := s.cfg.Scenario.Worm
	s.tell(w.Now(), "%s. Seed %d, %g simulated hours.", s.cfg.Scenario.Title, s.cfg.Seed, s.cfg.Scenario.Hours)
	covered := func(site int) bool { return s.partners[site].outlet.stops(worm) }
	total := s.cfg.Scenario.Hours * float64(time.Hour) / float64(s.cfg.Scenario.Step())
	director := s.newDirector()
	for tick := 1.0; w.Step(covered); tick++ {
		if err := s.emit(ctx, w); err != nil {
			return err
		}
		if err := s.settle(ctx); err != nil {
			return err
		}
		s.curve = append(s.curve, w.Infected())
		if err := director.act(ctx, w); err != nil {
			return err
		}
		if s.cfg.Tick != nil {
			s.cfg.Tick(min(tick/total, 1))
		}
	}
	for _, p := range s.partners {
		s.Figures.Lines += p.lines
	}
	return director.end(ctx, w)
}

// emit writes a tick's records to the edges, as their sensors would.
func (s *Story) emit(ctx context.Context, w *exercise.World) error {
	sites := make(chan int)
	var wg sync.WaitGroup
	var once sync.Once
	var failed error
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			var records bytes.Buffer
			for i := range sites {
				records.Reset()
				lines, err := w.Emit(i, &records)
				if err == nil && lines > 0 {
					_, err = s.partners[i].records.Write(records.Bytes())
				}
				if err != nil {
					once.Do(func() { failed = fmt.Errorf("records of %s: %w", s.partners[i].site.Name, err) })
				}
				s.partners[i].lines += uint64(lines)
			}
		})
	}
	for i := range s.partners {
		sites <- i
	}
	close(sites)
	wg.Wait()
	if failed != nil {
		return failed
	}
	return ctx.Err()
}

// patience is how long a tick may take before the story is given up: it is a
// bound against hanging, not a measure.
const patience = time.Minute

// settle waits until the edges, the hub and the edges again are done.
func (s *Story) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, p := range s.partners {
		if err := p.edge.Settle(ctx, p.lines); err != nil {
			return fmt.Errorf("edge of %s: %w", p.site.Name, err)
		}
	}
	if err := s.hub.Views.WaitDecided(ctx); err != nil {
		return fmt.Errorf("the hub's decisions: %w", err)
	}
	decided := s.measured.decisions()
	for _, p := range s.partners {
		if err := p.edge.Enforced(ctx, decided); err != nil {
			return fmt.Errorf("receipts of %s: %w", p.site.Name, err)
		}
	}
	return nil
}
