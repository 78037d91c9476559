package views

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/ahead"
)

// rebuild folds the ledger into the memory views. The contributions, which are
// the catalog's, are read as well: thus the whole chain is checked at each start.
func (v *Views) rebuild(ctx context.Context) error {
	at, err := v.Catalog.Position(ctx)
	if err != nil {
		return err
	}
	head, err := v.Ledger.Head(ctx)
	if err != nil {
		return err
	}
	var last ledger.Seq
	telling := newPace(v.log, head.Seq)
	for e, err := range ahead.Read(v.Ledger.Read(ctx, 0), rebuildAhead) {
		if err != nil {
			return fmt.Errorf("rebuild views: %w", err)
		}
		last = e.Seq
		v.unrested += len(e.Body)
		if e.Seq > at.Seq {
			v.rebuilding.owed += int64(len(e.Body))
		}
		telling.at(last)
		if e.Kind == contribution.KindAccepted {
			if e.Seq > at.Seq {
				v.arrived(e)
			}
			if err := v.applyContribution(e); err != nil {
				return fmt.Errorf("rebuild views: entry %d: %w", e.Seq, err)
			}
			continue
		}
		if err := v.apply(e); err != nil {
			return fmt.Errorf("rebuild views: %w", err)
		}
	}
	v.Catalog.TakenBack(v.takenBackAfter(at.Seq))
	v.rebuilding.upTo, v.rebuilding.since = last, time.Now()
	v.memory.Raise(last)
	v.tail.start(last)
	v.catalog.Raise(at.Seq)
	return nil
}

// rebuildAhead is how many bytes of entries a rebuild has read at once, a few times.
const rebuildAhead = 1 << 20

// applyContribution folds what the memory views want of a contribution: which
// campaign an indicator is of, outbreaks weigh; that a value is bad, protections.
// Neither asks the other, and each reads the whole body.
func (v *Views) applyContribution(e ledger.Entry) error {
	if len(e.Body) < worthTwo {
		return errors.Join(v.Outbreak.Apply(e), v.Protect.Apply(e))
	}
	var weighed error
	var reading sync.WaitGroup
	reading.Go(func() { weighed = v.Outbreak.Apply(e) })
	err := v.Protect.Apply(e)
	reading.Wait()
	return errors.Join(weighed, err)
}

// worthTwo is from how many bytes on a body is worth two goroutines.
const worthTwo = 4 << 10

// pace tells the log from time to time how far a reading of the ledger is.
type pace struct {
	log         *slog.Logger
	of          ledger.Seq
	begun, told time.Time
}

func newPace(log *slog.Logger, of ledger.Seq) *pace {
	now := time.Now()
	return &pace{log, of, now, now}
}

func (p *pace) at(seq ledger.Seq) {
	now := time.Now()
	if now.Sub(p.told) < tellEvery {
		return
	}
	p.told = now
	left := time.Duration(float64(now.Sub(p.begun)) * float64(p.of-min(seq, p.of)) / float64(seq))
	p.log.Info("the ledger is being read; nothing is served before", "entries", seq, "of", p.of, "left", left.Round(time.Second))
}
