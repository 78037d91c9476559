package views

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// ErrNoKeys says that nothing can be erased: the ledger keeps its entries in
// the clear.
var ErrNoKeys = errors.New("this hub's ledger has no keys to destroy")

// eraser is a ledger that can destroy what entries say: see package sealed.
type eraser interface {
	KeysOf(ctx context.Context, entries []ledger.Seq) ([]uint64, error)
	Erase(ctx context.Context, entries ...ledger.Seq) error
}

// Destroy destroys the content of entries for good. The caller has put on the
// ledger what is erased and why.
func (v *Views) Destroy(ctx context.Context, entries ...ledger.Seq) error {
	keys, ok := v.Ledger.(eraser)
	if !ok {
		return ErrNoKeys
	}
	return keys.Erase(context.WithoutCancel(ctx), entries...)
}

// takenBackAfter is which entries hold something that is taken back after a place on
// the ledger, and of each the last entry that says so.
func (v *Views) takenBackAfter(seq ledger.Seq) map[ledger.Seq]ledger.Seq {
	until := map[ledger.Seq]ledger.Seq{}
	later, _ := v.Release.Since(seq)
	for _, w := range later {
		for _, of := range w.Entries {
			until[of] = max(until[of], w.Seq)
		}
	}
	return until
}

// checkErasable fails where an entry has no key: one from before there were
// keys. An intent that can never be carried out must not get onto the ledger,
// or the hub would try it at each start.
func (v *Views) checkErasable(ctx context.Context, entries []ledger.Seq) error {
	keys, ok := v.Ledger.(eraser)
	if !ok {
		return ErrNoKeys
	}
	_, err := keys.KeysOf(ctx, entries)
	if errors.Is(err, ledger.ErrInvalid) {
		return fmt.Errorf("%w: some of it was stored before this hub had keys, and cannot be erased: withdraw it instead", access.ErrConflict)
	}
	return err
}

// TakeBack narrows who may see what a partner shared, or withdraws it, and
// returns when no outlet shows it any more. The caller fills in all but the
// entries. What the partner did not share is access.ErrNotFound, whether or
// not somebody else did; an audience that would tell more people is
// access.ErrInvalid.
func (v *Views) TakeBack(ctx context.Context, t contribution.Tightening) error {
	err := v.allFound(ctx)
	if err != nil {
		return err
	}
	what := t.Object + t.Contribution
	if whole := strings.HasPrefix(what, "contribution--"); whole != (t.Contribution != "") {
		return fmt.Errorf("take back %s: %w: %s has shared nothing of that id", what, access.ErrNotFound, t.Owner)
	}
	if t.Entries, err = v.Catalog.Entries(ctx, access.PartnerID(t.Owner), what); err != nil {
		return err
	}
	if len(t.Entries) == 0 {
		return fmt.Errorf("take back %s: %w: %s has shared nothing of that id, or has withdrawn it", what, access.ErrNotFound, t.Owner)
	}
	narrow, err := access.ParseAudience(t.Audience)
	if err != nil {
		return fmt.Errorf("take back %s: %w: %w", what, access.ErrInvalid, err)
	}
	var others []ledger.Draft
	for _, seq := range t.Entries {
		e, err := v.Entry(ctx, seq)
		if err != nil {
			return fmt.Errorf("take back %s: %w", what, err)
		}
		wide, err := access.ParseAudience(e.Audience)
		if err == nil && t.Audience != "" && !v.Access.Narrows(access.PartnerID(t.Owner), narrow, wide) {
			return fmt.Errorf("take back %s: %w: %q tells some whom %q does not: to share it more widely, send it again", what, access.ErrInvalid, t.Audience, e.Audience)
		}
		t.Before = append(t.Before, e.Audience)
		drafts, err := v.everywhere(t, e, narrow)
		if err != nil {
			return fmt.Errorf("take back %s: %w", what, err)
		}
		others = append(others, drafts...)
	}
	return v.appendShown(ctx, contribution.KindTightened, t.Owner, t, others...)
}

// allFound waits until the catalog has what is on the ledger by now. What it has not
// folded yet would not be found, and so not be taken back.
func (v *Views) allFound(ctx context.Context) error {
	head, err := v.Ledger.Head(ctx)
	if err == nil {
		err = v.WaitCatalog(ctx, head.Seq)
	}
	return err
}

// Erase withdraws a contribution and destroys its content, for good. The
// entries stay, as what nobody can read; the chain over them stays whole.
func (v *Views) Erase(ctx context.Context, x contribution.Erasure) (err error) {
	if err := v.allFound(ctx); err != nil {
		return err
	}
	if x.Entries, err = v.Catalog.Entries(ctx, access.PartnerID(x.Owner), x.Contribution); err != nil {
		return err
	}
	reports, err := v.reportsOn(ctx, x)
	if err != nil {
		return err
	}
	x.Entries = append(x.Entries, reports...)
	if err := v.checkErasable(ctx, x.Entries); err != nil {
		return fmt.Errorf("erase %s: %w", x.Contribution, err)
	}
	err = v.TakeBack(ctx, contribution.Tightening{Owner: x.Owner, Contribution: x.Contribution, Reason: x.Reason, By: x.By})
	if err != nil {
		return err
	}
	// The intent is on the ledger before the key is destroyed: a hub that dies
	// in between destroys it when it starts.
	if err := v.appendShown(ctx, contribution.KindErased, x.Owner, x); err != nil {
		return err
	}
	return v.Destroy(ctx, x.Entries...)
}

// reportsOn is the entries of the reports on a contribution: what they say of
// it may be what it said. It is asked seldom enough to read them all.
func (v *Views) reportsOn(ctx context.Context, x contribution.Erasure) (entries []ledger.Seq, err error) {
	for e, err := range v.Ledger.Read(ctx, 0, contribution.KindReported) {
		if err == nil && e.Actor == x.Owner {
			err = ledger.Fold(e, func(e ledger.Entry, report contribution.Report) {
				if report.Contribution == x.Contribution {
					entries = append(entries, e.Seq)
				}
			})
		}
		if err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// appendShown appends an entry for nobody, with others, and returns when it is
// in effect everywhere.
func (v *Views) appendShown(ctx context.Context, kind ledger.Kind, actor string, body any, others ...ledger.Draft) error {
	draft, err := ledger.NewDraft(kind, actor, "", body)
	if err != nil {
		return err
	}
	entries, err := v.Append(ctx, append(others, draft)...)
	if err != nil {
		return err
	}
	return v.WaitCatalog(ctx, entries[len(entries)-1].Seq)
}

// Entry is one entry of the ledger.
func (v *Views) Entry(ctx context.Context, seq ledger.Seq) (ledger.Entry, error) {
	return ledger.At(ctx, v.Ledger, seq)
}
