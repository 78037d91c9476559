package views

import (
	"context"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// PartyOf is the name of the partner that somebody acts for: records of cases
// carry it, whatever a request says.
func (v *Views) PartyOf(who access.Principal) string {
	p, _ := v.Access.Partner(who.Partner)
	return p.Name
}

// OpenCase is the draft of a new case and its id: it is opened in the name of the
// reader's partner, with the names that the policy's partners have now. It is
// shown to a community, the default one if none is named, at a level of TLP,
// amber+strict if none is given.
func (v *Views) OpenCase(who access.Principal, o attribution.Opening, tlp, community string) (attribution.CaseID, ledger.Draft, error) {
	audience := access.ToCommunity(access.AmberStrict)
	if tlp != "" {
		level, err := access.ParseTLP(tlp)
		if err != nil {
			return "", ledger.Draft{}, fmt.Errorf("%w: tlp: %w", access.ErrInvalid, err)
		}
		audience = access.ToCommunity(level)
	}
	if community != "" {
		audience.Community = community
	}
	if err := v.Access.CheckAudience(who, audience); err != nil {
		return "", ledger.Draft{}, err
	}
	o.Party, o.Members = v.PartyOf(who), make(map[access.PartnerID]string)
	for _, id := range o.Policy.Partners() {
		if p, present := v.Access.Partner(id); present {
			o.Members[id] = p.Name
		}
	}
	return v.Cases.Open(who, o, audience)
}

// InCase appends what was drafted for a case and gives the records that it became.
// What another act overtook is void and no record: that is access.ErrConflict.
func (v *Views) InCase(ctx context.Context, who access.Principal, id attribution.CaseID, drafts ...ledger.Draft) ([]attribution.Kept, error) {
	entries, err := v.Append(ctx, drafts...)
	if err != nil {
		return nil, err
	}
	records := make([]attribution.Kept, 0, len(entries))
	for _, e := range entries {
		k, err := v.Cases.RecordAt(who, id, e.Seq)
		if err != nil {
			return nil, fmt.Errorf("%s: %w: another act came in between, and this one is void: look at the case as it is now", id, access.ErrConflict)
		}
		records = append(records, k)
	}
	return records, nil
}
