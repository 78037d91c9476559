package views

import (
	"context"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/once"
	"github.com/tocsin-project/tocsin/internal/tracing"
)

// Append adds the drafts to the ledger and returns when they are on disk and
// the memory views have folded them, so that the writer reads its own write. That
// the request which the context carries was taken is said beside them, in an entry
// that is not among those returned.
func (v *Views) Append(ctx context.Context, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	all, err := once.Drafts(ctx, drafts)
	if err != nil {
		return nil, err
	}
	entries, err := v.Ledger.Append(ctx, ledger.Any, all...)
	if err != nil || len(entries) == 0 {
		once.Failed(ctx, err)
		return entries, err
	}
	ctx, step := tracing.Step(ctx, "fold")
	err = v.memory.Wait(ctx, entries[len(entries)-1].Seq)
	step.End(err)
	return entries[:len(drafts)], err
}

// WaitFolded returns when the memory views have folded what is on the ledger now.
func (v *Views) WaitFolded(ctx context.Context) error {
	head, err := v.Ledger.Head(ctx)
	if err != nil {
		return err
	}
	return v.memory.Wait(ctx, head.Seq)
}

// WaitMemory returns when the memory views have folded the entry at seq.
func (v *Views) WaitMemory(ctx context.Context, seq ledger.Seq) error {
	return v.memory.Wait(ctx, seq)
}

// WaitCatalog returns when the catalog has folded the entry at seq.
func (v *Views) WaitCatalog(ctx context.Context, seq ledger.Seq) error {
	return v.catalog.Wait(ctx, seq)
}

// WaitSettled returns when every view has folded everything and the deciders
// ask for nothing more; it gives the head of then.
func (v *Views) WaitSettled(ctx context.Context) (ledger.Head, error) {
	for {
		if err := v.WaitDecided(ctx); err != nil {
			return ledger.Head{}, err
		}
		head, err := v.Ledger.Head(ctx)
		if err != nil {
			return head, err
		}
		if err := v.catalog.Wait(ctx, head.Seq); err != nil {
			return head, err
		}
		if now, err := v.Ledger.Head(ctx); err != nil || now == head {
			return head, err
		}
	}
}

func (v *Views) quiet() bool {
	for _, d := range v.deciders {
		if len(d.Pending(v.clock())) > 0 {
			return false
		}
	}
	return true
}

// Progress is how far the views are.
type Progress struct {
	Head    ledger.Seq // of the ledger
	Memory  ledger.Seq // the memory views have folded this, and all before it
	Catalog ledger.Seq // so has the catalog
	Waiting int64      // bytes of contributions that the catalog has not folded yet
}

// Progress says how far the views are.
func (v *Views) Progress(ctx context.Context) (Progress, error) {
	head, err := v.Ledger.Head(ctx)
	return Progress{Head: head.Seq, Memory: v.memory.Get(), Catalog: v.catalog.Get(), Waiting: v.backlog.held()}, err
}

// Behind is how many entries the slowest view has not folded yet.
func (v *Views) Behind(ctx context.Context) (uint64, error) {
	p, err := v.Progress(ctx)
	return uint64(p.Head - min(p.Memory, p.Catalog, p.Head)), err
}

// WaitDecided returns when the memory views have folded everything and the
// deciders ask for nothing more.
func (v *Views) WaitDecided(ctx context.Context) error {
	for {
		head, err := v.Ledger.Head(ctx)
		if err != nil {
			return err
		}
		if err := v.memory.Wait(ctx, head.Seq); err != nil {
			return err
		}
		if !v.quiet() {
			if err := v.Ledger.Wait(ctx, head.Seq); err != nil {
				return err
			}
			continue
		}
		if now, err := v.Ledger.Head(ctx); err != nil || now == head {
			return err
		}
	}
}
