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

// Destroy destroys the content of entries for good: see package sealed. The
// caller has put on the ledger what is erased and why.
func (v *Views) Destroy(ctx context.Context, entries ...ledger.Seq) error {
	keys, ok := v.Ledger.(interface {
		Erase(ctx context.Context, entries ...ledger.Seq) error
	})
	if !ok {
		return ErrNoKeys
	}
	return keys.Erase(context.WithoutCancel(ctx), entries...)
}

// TakeBack narrows who may see what a partner shared, or withdraws it, and
// returns when no outlet shows it any more. The caller fills in all but the
// entries. What the partner did not share is access.ErrNotFound, whether or
// not somebody else did; an audience that would tell more people is
// access.ErrInvalid.
func (v *Views) TakeBack(ctx context.Context, t contribution.Tightening) error {
	var err error
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

// Erase withdraws a contribution and destroys its content, for good. The
// entries stay, as what nobody can read; the chain over them stays whole.
func (v *Views) Erase(ctx context.Context, x contribution.Erasure) error {
	err := v.TakeBack(ctx, contribution.Tightening{Owner: x.Owner, Contribution: x.Contribution, Reason: x.Reason, By: x.By})
	if err != nil {
		return err
	}
	if x.Entries, err = v.Catalog.Entries(ctx, access.PartnerID(x.Owner), x.Contribution); err != nil {
		return err
	}
	x.Entries = append(x.Entries, v.Reports.On(x.Contribution)...)
	// The intent is on the ledger before the key is destroyed: a hub that dies
	// in between destroys it when it starts.
	if err := v.appendShown(ctx, contribution.KindErased, x.Owner, x); err != nil {
		return err
	}
	return v.Destroy(ctx, x.Entries...)
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
	for e, err := range v.Ledger.Read(ctx, seq-1) {
		return e, err
	}
	return ledger.Entry{}, fmt.Errorf("entry %d: %w", seq, access.ErrNotFound)
}
