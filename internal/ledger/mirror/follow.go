package mirror

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// The entries that one transaction takes into the file end with the first of
// these reached. Larger ones gain nothing.
const (
	takeEntries = 4096
	takeBytes   = 4 << 20
)

// The pause before the shared ledger, or the file, is tried again doubles from
// the first to the last.
const (
	trySoon  = 10 * time.Millisecond
	tryAgain = time.Second
)

// agree says whether the file is known to be a beginning of the shared ledger.
// Without an answer from that it is false, without an error.
func (l *Ledger) agree(ctx context.Context) (bool, error) {
	head, err := l.file.Head(ctx)
	switch {
	case err != nil:
		return false, nil
	case head.Seq == 0:
		return true, nil
	}
	e, err := ledger.At(ctx, l.shared, head.Seq)
	if errors.Is(err, ledger.ErrNoEntry) && l.shared.Wait(ctx, head.Seq-1) == nil {
		e, err = ledger.At(ctx, l.shared, head.Seq)
	}
	switch {
	case errors.Is(err, ledger.ErrNoEntry):
		return false, fmt.Errorf("%w: this node's file %s has entries up to %d, which the shared ledger does not have: %w",
			ledger.ErrCorrupt, l.name, head.Seq, err)
	case errors.Is(err, ledger.ErrCorrupt):
		return false, fmt.Errorf("read the shared ledger: %w", err)
	case err != nil:
		return false, nil
	case e.Hash != head.Hash:
		return false, fmt.Errorf("%w: entry %d is %s in this node's file %s, and %s in the shared ledger",
			ledger.ErrCorrupt, head.Seq, head.Hash, l.name, e.Hash)
	}
	return true, nil
}

// follow takes what the shared ledger has into the file until the mirror ends.
func (l *Ledger) follow(agreed bool) {
	defer close(l.done)
	for pause := trySoon; l.life.Err() == nil; {
		err := l.step(&agreed)
		switch {
		case err == nil:
			pause = trySoon
			continue
		case l.life.Err() != nil:
			return
		case errors.Is(err, ledger.ErrCorrupt):
			_ = l.fail(err)
			return
		case l.file.Refusal() != nil:
			_ = l.fail(fmt.Errorf("this node's file %s: %w", l.name, err))
			return
		}
		select {
		case <-time.After(pause):
		case <-l.life.Done():
		}
		pause = min(2*pause, tryAgain)
	}
}

// step takes what comes next. An error that is not damage passes.
func (l *Ledger) step(agreed *bool) error {
	if !*agreed {
		ctx, cancel := context.WithTimeout(l.life, catchUp)
		defer cancel()
		if now, err := l.agree(ctx); err != nil || !now {
			return errors.Join(err, errUnknown)
		}
		*agreed = true
	}
	head, err := l.file.Head(l.life)
	if err != nil {
		return err
	}
	if err := l.shared.Wait(l.life, head.Seq); err != nil {
		return err
	}
	if run := l.offered(head.Seq); len(run) > 0 {
		if err := l.take(run); !errors.Is(err, ledger.ErrCorrupt) {
			return err
		}
	}
	return l.takeAfter(head)
}

// offerTime is how long the follower waits for the entries of an append of this
// node's own, which come as soon as the shared ledger has them. If what came is
// another node's, so much is lost.
const offerTime = 2 * time.Millisecond

// offered gives what this node has appended behind the cursor, if that is what
// comes next.
func (l *Ledger) offered(cursor ledger.Seq) []ledger.Entry {
	run, soon := l.offers.after(cursor)
	if !soon {
		return run
	}
	over := time.NewTimer(offerTime)
	defer over.Stop()
	for soon {
		select {
		case <-l.offers.wake:
			run, soon = l.offers.after(cursor)
		case <-over.C:
			return nil
		}
	}
	return run
}

// errUnknown says that the shared ledger has not told what it has at the end of
// the file.
var errUnknown = errors.New("the shared ledger does not answer")

// takeAfter takes what the shared ledger has after the file's head.
func (l *Ledger) takeAfter(head ledger.Head) error {
	var taken []ledger.Entry
	bytes := 0
	for e, err := range l.shared.Read(l.life, head.Seq) {
		if err != nil {
			return errors.Join(l.take(taken), fmt.Errorf("read the shared ledger: %w", err))
		}
		taken, bytes = append(taken, e), bytes+len(e.Body)+len(e.Audience)
		if len(taken) < takeEntries && bytes < takeBytes {
			continue
		}
		if err := l.take(taken); err != nil {
			return err
		}
		taken, bytes = taken[:0], 0
	}
	return l.take(taken)
}

func (l *Ledger) take(entries []ledger.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	if err := l.file.Take(l.life, entries...); err != nil {
		return fmt.Errorf("take entry %d and those behind it from the shared ledger: %w", entries[0].Seq, err)
	}
	return nil
}
