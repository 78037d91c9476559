package views

import (
	"context"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Decide appends what was drafted on an act of security, in the name of who
// asked for it. The caller holds Access.Deciding since before it drafted.
func (v *Views) Decide(ctx context.Context, who access.Principal, drafts ...ledger.Draft) error {
	drafts, err := access.Signed(who, drafts...)
	if err != nil {
		return err
	}
	_, err = v.Append(ctx, drafts...)
	return err
}

// ErasePerson ends a person's access, and what it issued as a dismissal does, and
// erases what the ledger says of the person, for good. The intent is on the ledger before the keys are destroyed. An
// entry about the person that came in between is named by another round; asked
// again after a failure it destroys what is named already.
func (v *Views) ErasePerson(ctx context.Context, who access.Principal, id, reason string) error {
	defer v.Access.Deciding()()
	named := v.Access.Erased(id)
	if err := v.Destroy(ctx, named...); err != nil { // also with none: whether it can at all
		return fmt.Errorf("erase person: %w", err)
	}
	if len(named) > 0 && len(v.Access.Held(id)) == 0 {
		return nil
	}
	ended, err := v.Access.PersonHeirs(who, id, reason, access.UsualHeirs)
	if err != nil {
		return fmt.Errorf("erase person: %w", err)
	}
	for {
		erasure, draft, err := v.Access.ErasePerson(who, id, reason)
		if err != nil {
			return err
		}
		if err := v.Decide(ctx, who, append(ended, draft)...); err != nil {
			return err
		}
		ended = nil
		if err := v.Destroy(ctx, erasure.Entries...); err != nil {
			return fmt.Errorf("erase person: %w", err)
		}
		if len(v.Access.Held(id)) == 0 {
			return nil
		}
	}
}
