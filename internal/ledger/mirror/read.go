package mirror

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Read reads the file: see [ledger.Ledger].
func (l *Ledger) Read(ctx context.Context, after ledger.Seq, kinds ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range l.file.Read(ctx, after, kinds...) {
			if errors.Is(err, ledger.ErrCorrupt) {
				err = l.fail(fmt.Errorf("%s: %w", l.name, err))
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// Head is the last entry of the file.
func (l *Ledger) Head(ctx context.Context) (ledger.Head, error) { return l.file.Head(ctx) }

// Wait waits until the file has an entry after the cursor.
func (l *Ledger) Wait(ctx context.Context, after ledger.Seq) error { return l.file.Wait(ctx, after) }

// Check reads the whole file: see [ledger.Ledger].
func (l *Ledger) Check(ctx context.Context) (ledger.Report, error) {
	report, err := l.file.Check(ctx)
	if err == nil && len(report.Damage) > 0 {
		d := report.Damage[0]
		_ = l.fail(fmt.Errorf("%s: %w: entry %d: %s", l.name, ledger.ErrCorrupt, d.Seq, d.Reason))
	}
	return report, err
}

// Behind is how many entries the shared ledger is known to have that the file
// does not have yet.
func (l *Ledger) Behind(ctx context.Context) (uint64, error) {
	here, err := l.file.Head(ctx) // first, so that what is taken meanwhile does not count
	if err != nil {
		return 0, err
	}
	there, err := l.shared.Head(ctx)
	if err != nil || there.Seq < here.Seq {
		return 0, err
	}
	return uint64(there.Seq - here.Seq), nil
}

// CatchUp returns when the file has what the shared ledger is known to have now, or
// with why the mirror has failed.
func (l *Ledger) CatchUp(ctx context.Context) error {
	head, err := l.shared.Head(ctx)
	if err != nil || head.Seq == 0 {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.life, cancel)() // it ends with a failure, too
	err = l.file.Wait(ctx, head.Seq-1)
	if fault := l.Err(); err != nil && fault != nil {
		return fault
	}
	return err
}

// Failed is closed when the mirror has failed; [Ledger.Err] says why.
func (l *Ledger) Failed() <-chan struct{} { return l.failed }

// Err is why the mirror has failed; nil if it has not. It is
// [ledger.ErrCorrupt] if a copy is damaged.
func (l *Ledger) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fault
}

// fail stops the mirror for good, and gives the error with what to do about it.
// The first one stays.
func (l *Ledger) fail(err error) error {
	err = advise(err)
	l.mu.Lock()
	if l.fault == nil {
		l.fault = err
		close(l.failed)
	}
	l.mu.Unlock()
	l.end()
	l.hurry()
	return err
}

// advise says, of damage, what to do.
func advise(err error) error {
	if errors.Is(err, ledger.ErrCorrupt) {
		return fmt.Errorf("%w; stop this node and run `tocsin ledger rebuild`, which makes its copies anew from the other nodes", err)
	}
	return err
}
