package views

import (
	"context"
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// checkReference is the response.Check of this hub. What is not there, what may
// not be seen and what is another's are answered alike: an error must not tell
// that it exists.
func (v *Views) checkReference(ctx context.Context, who access.Principal, r response.Reference) error {
	if r.Sort == response.OfContributed {
		entries, _, err := v.Contribution(ctx, string(who.Partner), r.ID)
		if err != nil {
			return fmt.Errorf("evidence: %w", err)
		}
		if len(entries) == 0 {
			return fmt.Errorf("%w: evidence: %s made no contribution %s", access.ErrNotFound, who.Actor(), r.ID)
		}
		return nil
	}
	if !v.Protect.Shown(who, r.ID) {
		return fmt.Errorf("%w: evidence: no protection has the id %q", access.ErrNotFound, r.ID)
	}
	if r.Sort == response.OfProtection {
		if v.Protect.DecidedBy(r.ID) != string(who.Partner) && !slices.Contains(v.Protect.Holders(r.ID), who.Partner) {
			return fmt.Errorf("%w: evidence: %s was decided by another, and no outlet of %s says that it is in force there: report receipts, or give other evidence", access.ErrInvalid, r.ID, who.Actor())
		}
		return nil
	}
	receipts := v.Protect.Receipts(who, r.ID)
	i := slices.IndexFunc(receipts, func(one protect.PartnerReceipt) bool {
		return one.Partner == who.Partner && one.Outlet == r.Outlet
	})
	switch {
	case i < 0:
		return fmt.Errorf("%w: evidence: no outlet %q of %s has said anything of %s", access.ErrNotFound, r.Outlet, who.Actor(), r.ID)
	case receipts[i].Ignored:
		return fmt.Errorf("%w: evidence: what the outlets of %s say does not count while it is under quarantine", access.ErrInvalid, who.Actor())
	case receipts[i].Problem != "":
		return fmt.Errorf("%w: evidence: outlet %q says that it could not: %s", access.ErrInvalid, r.Outlet, receipts[i].Problem)
	case !receipts[i].InForce:
		return fmt.Errorf("%w: evidence: outlet %q says that %s is not in force there", access.ErrInvalid, r.Outlet, r.ID)
	}
	return nil
}
