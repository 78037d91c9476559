package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"filippo.io/age"

	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// Renew makes a new backup at to of what the one in from holds by now, in one run and
// encrypted to other recipients: for a key that was changed, and where there are very
// many small runs. The backup in from stays as it is, and the hub's next run can be
// into either. All of it is restored on the way, and so verified, to a folder below
// scratch ("": the system's own for such), which holds the hub's secrets in the clear
// until it is removed before Renew returns.
func Renew(ctx context.Context, from, to, scratch string, layout Layout, opts Options, recipients []age.Recipient) (Result, error) {
	result, err := renew(ctx, from, to, scratch, layout, opts, recipients)
	if err != nil {
		return Result{}, fmt.Errorf("renew %s in %s: %w", from, to, err)
	}
	return result, nil
}

func renew(ctx context.Context, from, to, scratch string, layout Layout, opts Options, recipients []age.Recipient) (result Result, err error) {
	if err := vacant(to); err != nil {
		return Result{}, fmt.Errorf("use a new directory: %w", err)
	}
	clear, err := os.MkdirTemp(scratch, ".tocsin-renew-*") // with mode 0700
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(clear)) }()
	data := filepath.Join(clear, "data")
	opts.Skip = nil // what a hub may not go on with, a backup keeps
	restored, err := Restore(ctx, from, data, layout, opts)
	if err != nil {
		return Result{}, err
	}
	d, err := Open(to)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	engine, err := sqlite.Open(filepath.Join(data, filepath.FromSlash(layout.Ledger)), sqlite.Options{ReadOnly: true})
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	result, err = d.Run(ctx, Source{Data: data, Layout: layout, Ledger: engine}, recipients)
	if err == nil && result.Head != restored.Head {
		err = fmt.Errorf("%w: it holds %d entries, %d were restored", ErrDamaged, result.Head.Seq, restored.Head.Seq)
	}
	return result, err
}
