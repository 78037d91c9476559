package exposure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// maxWith is how many partners one may show its rows to.
const maxWith = 1000

// Sharing is the body of an entry: to whom its actor shows its rows from then on.
type Sharing struct {
	With []access.PartnerID `json:"with" doc:"partner ids; none: nobody"`
}

// Share drafts the entry that shows a partner's rows to others, and to nobody else
// any more.
func (s *State) Share(who access.Principal, to Sharing) (ledger.Draft, error) {
	if err := who.CheckPartner("share exposure", access.Contributor); err != nil {
		return ledger.Draft{}, err
	}
	to.With = slices.Compact(slices.Sorted(slices.Values(to.With)))
	if len(to.With) > maxWith {
		return ledger.Draft{}, fmt.Errorf("share exposure: %w: with: %d partners, at most %d are allowed", access.ErrInvalid, len(to.With), maxWith)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, id := range to.With {
		if _, here := s.holders[id]; !here || id == who.Partner {
			return ledger.Draft{}, fmt.Errorf("share exposure: %w: with: no other partner has the id %q", access.ErrInvalid, id)
		}
	}
	if to.With == nil {
		to.With = []access.PartnerID{}
	}
	return ledger.NewDraft(KindShared, who.Actor(), ofItself, to)
}

func (s *State) shared(e ledger.Entry, to Sharing) {
	if h, here := s.holders[access.PartnerID(e.Actor)]; here {
		h.with = to.With[:min(len(to.With), maxWith)]
	}
}

// audience is who else may see the partner's rows.
func (h *holder) audience() access.Audience {
	return access.Audience{TLP: access.Red, Community: access.DefaultCommunity, Recipients: h.with}
}

// Shared is to whom a partner shows its rows, and who shows theirs to it, in the
// order of their ids.
type Shared struct {
	Sharing
	From []access.PartnerID `json:"from" doc:"who shows theirs to you"`
}

// Shared says how it stands for who asks.
func (s *State) Shared(who access.Principal) Shared {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := Shared{Sharing{[]access.PartnerID{}}, []access.PartnerID{}}
	for id, h := range s.holders {
		switch {
		case who.Partner == "":
		case id == who.Partner:
			all.With = append(all.With, h.with...)
		case who.MaySee(id, h.audience()):
			all.From = append(all.From, id)
		}
	}
	slices.Sort(all.From)
	return all
}

// Shown is a row, whose it is, and when the hub was told.
type Shown struct {
	Partner access.PartnerID `json:"partner"`
	Row
	Reported time.Time `json:"reported"`
}

// Rows are what somebody may see of a vulnerability row by row: its partner's own
// first, then those of the partners that show it theirs, by partner and product.
func (s *State) Rows(who access.Principal, name string) ([]Shown, error) {
	name, err := named(name)
	if err != nil {
		return nil, fmt.Errorf("rows of exposure: %w", err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := []Shown{}
	number, there := s.numbers[name]
	if !there {
		return list, nil
	}
	for _, h := range s.vulns[number].holders {
		if who.MaySee(h.id, h.audience()) {
			h.each(number, func(i int32, r *row) { list = append(list, h.show(name, i, r)) })
		}
	}
	slices.SortFunc(list, func(a, b Shown) int {
		return cmp.Or(boolean(b.Partner == who.Partner)-boolean(a.Partner == who.Partner), cmp.Compare(a.Partner, b.Partner), strings.Compare(a.Product, b.Product))
	})
	return list, nil
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (h *holder) show(name string, i int32, r *row) Shown {
	shown := Shown{Partner: h.id, Reported: time.UnixMicro(r.reported).UTC()}
	shown.Row = Row{Vulnerability: name, Product: r.product.Value(), Counts: r.counts(), Note: h.notes[i]}
	if r.asOf > 0 {
		shown.AsOf = time.Unix(int64(r.asOf), 0).UTC()
	}
	return shown
}
