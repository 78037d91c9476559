package views

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// AskProtection asks for a protection and gives it as it stands then. What a guard
// refuses is remembered, too: who asked for what, and which guard said no; the error
// is a *protect.Refused.
func (v *Views) AskProtection(ctx context.Context, who access.Principal, q protect.Request, now time.Time) (protect.Protection, error) {
	draft, err := v.Protect.Ask(who, q, now)
	var refused *protect.Refused
	if errors.As(err, &refused) {
		if _, failed := v.Append(ctx, draft); failed != nil {
			return protect.Protection{}, failed
		}
	}
	return v.protected(ctx, who, q.Value, draft, err)
}

// ConfirmProtection has a second person stand for a must-resolve.
func (v *Views) ConfirmProtection(ctx context.Context, who access.Principal, value observable.Value, reason string, now time.Time) (protect.Protection, error) {
	draft, err := v.Protect.Confirm(who, value, reason, now)
	return v.protected(ctx, who, value, draft, err)
}

// RecallProtection takes a protection back, or a proposal.
func (v *Views) RecallProtection(ctx context.Context, who access.Principal, value observable.Value, reason string, now time.Time) (protect.Protection, error) {
	draft, err := v.Protect.Recall(who, value, reason, now)
	return v.protected(ctx, who, value, draft, err)
}

// protected appends what was drafted and gives the protection as it stands then; as
// it was decided, if it is not what stands for the value: a proposal that was
// recalled is kept nowhere.
func (v *Views) protected(ctx context.Context, who access.Principal, value observable.Value, draft ledger.Draft, err error) (decided protect.Protection, _ error) {
	if err != nil {
		return decided, err
	}
	if _, err := v.Append(ctx, draft); err != nil {
		return decided, err
	}
	if err := json.Unmarshal(draft.Body, &decided); err != nil {
		return decided, fmt.Errorf("read what was decided: %w", err)
	}
	if p, known := v.Protect.GetFor(who, value); known && p.ID == decided.ID {
		decided = p
	}
	return decided, nil
}

// CoverageOf tells where protections are in force. Waited for are the outlets of the
// partners that are shown what the protection is marked as.
func (v *Views) CoverageOf(who access.Principal, now time.Time, ids ...string) []protect.Coverage {
	return v.Protect.Cover(who, ids, now, v.reach())
}

// Outlooks are how a value's decision and proposals stand, as far as who asks is told.
func (v *Views) Outlooks(who access.Principal, value observable.Value, now time.Time) []protect.Outlook {
	page, _ := v.Protect.Page(who, protect.Query{Value: value})
	list := make([]protect.Outlook, 0, len(page))
	for _, p := range page {
		list = append(list, v.Protect.OutlookOf(who, p, v.CoverageOf(who, now, p.ID)[0], now))
	}
	return list
}

// reach says which partner is shown what, and remembers who they are.
func (v *Views) reach() protect.Reach {
	readers := map[access.PartnerID]access.Principal{}
	return func(partner, owner access.PartnerID, audience access.Audience) bool {
		reader, known := readers[partner]
		if !known {
			reader, _ = v.Access.Reader(partner) // of one that left: nobody, who is shown CLEAR alone
			readers[partner] = reader
		}
		return reader.Partner != "" && reader.MaySee(owner, audience)
	}
}

// Within counts the partners with an outlet heard of lately that are shown what is
// marked so.
func (v *Views) Within(audience access.Audience, now time.Time) int {
	return v.Protect.Listening(audience, now, v.reach())
}
