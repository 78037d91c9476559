package views

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/stix"
)

// maxNarrowed is how many objects one contribution may share again with fewer.
const maxNarrowed = 500

// narrow takes back what the outcome shares with fewer than its owner did
// before: who replays the stream later must not be told of the wider one.
//
// Each costs a little of everybody's time: of very many it is refused.
func (v *Views) narrow(ctx context.Context, owner access.PartnerID, o intake.Outcome) error {
	var drafts []ledger.Draft
	for _, t := range o.Taken {
		w := contribution.Tightening{Owner: string(owner), Object: t.ID, Audience: t.Audience.String(), Reason: "shared again with fewer"}
		draft, some, err := v.elsewhere(w, t.Version, t.Audience, nil)
		if err != nil {
			return err
		}
		if some {
			drafts = append(drafts, draft)
		}
		if len(drafts) > maxNarrowed {
			return fmt.Errorf("%w: this contribution shares more than %d objects again with fewer than before: "+
				"narrow the earlier contribution as a whole instead (tocsin object tighten CONTRIBUTION)", access.ErrInvalid, maxNarrowed)
		}
	}
	_, err := v.Append(ctx, drafts...)
	return err
}

// elsewhere drafts the narrowing of one version wherever its owner shared it
// with more than to, but for the entries that are narrowed already.
func (v *Views) elsewhere(w contribution.Tightening, version time.Time, to access.Audience, but []ledger.Seq) (draft ledger.Draft, some bool, err error) {
	w.Entries, w.Before = nil, nil
	wider, err := v.Catalog.Wider(access.PartnerID(w.Owner), w.Object, version, to)
	if err != nil {
		return draft, false, err
	}
	for _, held := range wider {
		if !slices.Contains(but, held.Entry) {
			w.Entries, w.Before = append(w.Entries, held.Entry), append(w.Before, held.Audience)
		}
	}
	if len(w.Entries) == 0 {
		return draft, false, nil
	}
	if !version.IsZero() {
		w.Versions = []time.Time{version}
	}
	draft, err = ledger.NewDraft(contribution.KindTightened, w.Owner, "", w)
	return draft, true, err
}

// everywhere drafts the narrowing of what a contribution brought wherever its
// owner shared the same otherwise: to take it back is to take it out of every
// outlet.
func (v *Views) everywhere(t contribution.Tightening, e ledger.Entry, to access.Audience) (drafts []ledger.Draft, err error) {
	if t.Contribution == "" || string(e.Body) == ledger.Erased {
		return nil, nil
	}
	var part contribution.Part
	if err := json.Unmarshal(e.Body, &part); err != nil {
		return nil, err
	}
	for _, raw := range part.Objects {
		h, err := stix.ParseHeader(raw)
		if err != nil {
			return nil, err
		}
		w := contribution.Tightening{Owner: t.Owner, Object: h.ID, Audience: t.Audience, Reason: t.Reason, By: t.By}
		draft, some, err := v.elsewhere(w, h.Version(), to, t.Entries)
		if err != nil {
			return nil, err
		}
		if some {
			drafts = append(drafts, draft)
		}
	}
	return drafts, nil
}
