package views

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/tracing"
)

// decideEvery is how often the deciders are asked when nothing happens, so
// that what expires does so on a quiet day, too.
const decideEvery = time.Second

// followMemory folds new entries into the memory views, hands them to the
// followers of the stream, and then asks the deciders.
func (v *Views) followMemory(ctx context.Context) error {
	at := v.memory.Get()
	for ctx.Err() == nil {
		for e, err := range v.Ledger.Read(ctx, at) {
			if err != nil {
				return fmt.Errorf("follow the ledger after entry %d: %w", at, err)
			}
			if err := v.apply(e); err != nil {
				return fmt.Errorf("follow the ledger: %w", err)
			}
			at = e.Seq
			v.arrived(e)
			for _, fn := range v.watchers {
				fn(e)
			}
			v.tail.add(e)
			v.memory.Raise(at)
		}
		decided, err := v.decide(ctx)
		if err != nil {
			return err
		}
		if decided {
			continue // fold the decisions before the deciders are asked again
		}
		wait, cancel := context.WithTimeout(ctx, decideEvery)
		_ = v.Ledger.Wait(wait, at) // ends with an entry, the time to look at the clock again, or ctx
		cancel()
	}
	return ctx.Err()
}

// decide appends what the deciders ask for. The caller folds the appended
// entries before it calls decide again; hence no decision is made twice.
func (v *Views) decide(ctx context.Context) (bool, error) {
	if v.decides != nil && !v.decides() {
		return false, nil
	}
	drafts := make([]ledger.Draft, 0, len(v.deciders))
	for _, d := range v.deciders {
		drafts = append(drafts, d.Pending(v.clock())...)
	}
	if len(drafts) == 0 {
		return false, nil
	}
	ctx, step := tracing.Step(ctx, "decide")
	_, err := v.Ledger.Append(ctx, ledger.Any, drafts...)
	step.End(err)
	switch {
	case errors.Is(err, ledger.ErrUnavailable):
		// A full disk may get room again, and until then what is in force can
		// still be read. Whether the decisions were stored the next reading tells.
		v.log.Error("decisions cannot be appended, will be tried again", "error", err)
		return false, nil
	case err != nil:
		return false, fmt.Errorf("append decisions: %w", err)
	}
	return true, nil
}

// The catalog takes entries in batches: one transaction pays for many.
const (
	batchEntries = 1000
	batchBytes   = 8 << 20
)

func (v *Views) followCatalog(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := v.CatchUp(ctx); err != nil {
			return err
		}
		v.rest(ctx)
		_ = v.Ledger.Wait(ctx, v.catalog.Get()) // ends with an entry or ctx
	}
	return ctx.Err()
}

// After so many bytes were folded, and when nothing has come for so long, what
// folding took of the machine's memory is given back.
const (
	restBytes = 32 << 20
	restPause = 2 * time.Second
)

func (v *Views) rest(ctx context.Context) {
	if v.unrested < restBytes {
		return
	}
	wait, cancel := context.WithTimeout(ctx, restPause)
	defer cancel()
	if err := v.Ledger.Wait(wait, v.catalog.Get()); errors.Is(err, context.DeadlineExceeded) {
		debug.FreeOSMemory()
		v.unrested = 0
	}
}

// CatchUp folds the catalog up to the ledger's head. The next batch is read,
// checked, opened and parsed while the one before is folded.
func (v *Views) CatchUp(ctx context.Context) error {
	reading, stop := context.WithCancel(ctx)
	batches, ended := make(chan *catalog.Prepared), make(chan error, 1)
	go func() {
		defer close(batches)
		ended <- v.readBatches(reading, v.catalog.Get(), batches)
	}()
	err := v.foldBatches(ctx, batches)
	stop()
	if readErr := <-ended; err == nil && !errors.Is(readErr, context.Canceled) {
		err = readErr
	}
	return err
}

func (v *Views) foldBatches(ctx context.Context, batches <-chan *catalog.Prepared) error {
	for batch := range batches {
		if err := v.Catalog.ApplyPrepared(ctx, batch); err != nil {
			return err
		}
		v.rebuilding.done.Add(batch.Bytes()) // which ends to matter once all is folded
		v.catalog.Raise(batch.Last())
		v.backlog.folded(v.catalog.Get())
	}
	return ctx.Err()
}

// readBatches hands on the entries after the cursor.
func (v *Views) readBatches(ctx context.Context, after ledger.Seq, batches chan<- *catalog.Prepared) error {
	var batch []ledger.Entry
	size := 0
	hand := func() error {
		select {
		case batches <- catalog.Prepare(ctx, batch):
			batch, size = nil, 0
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for e, err := range v.Ledger.Read(ctx, after) {
		if err != nil {
			return fmt.Errorf("catalog: follow the ledger after entry %d: %w", after, err)
		}
		batch, size, after = append(batch, e), size+len(e.Body), e.Seq
		v.unrested += len(e.Body) // CatchUp waits for this
		if len(batch) >= batchEntries || size >= batchBytes {
			if err := hand(); err != nil {
				return err
			}
		}
	}
	if len(batch) > 0 {
		return hand()
	}
	return nil
}
