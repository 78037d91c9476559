package protect

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// outlets are those that ever gave a receipt, numbered as they came.
type outlets struct {
	list     []outletHeard
	number   map[receiptKey]uint32
	partners map[access.PartnerID]*partnerHeard
}

type outletHeard struct {
	receiptKey
	heard time.Time // when the ledger took its latest receipt
}

// partnerHeard is which outlets a partner has, and when it last said anything
// that this package folds.
type partnerHeard struct {
	outlets []uint32 // their numbers
	heard   time.Time
}

// maxOutlets bounds the outlets of one partner; the receipts of more are refused.
const maxOutlets = 32

func newOutlets() outlets {
	return outlets{number: map[receiptKey]uint32{}, partners: map[access.PartnerID]*partnerHeard{}}
}

// hear notes a partner's sign of life.
func (o *outlets) hear(p access.PartnerID, at time.Time) *partnerHeard {
	of := o.partners[p]
	if of == nil {
		of = &partnerHeard{}
		o.partners[p] = of
	}
	of.heard = at
	return of
}

// room says whether the outlet is known, or may be.
func (o *outlets) room(key receiptKey) bool {
	if _, known := o.number[key]; known {
		return true
	}
	of := o.partners[key.partner]
	return of == nil || len(of.outlets) < maxOutlets
}

// Unheard says that a partner's outlet has never sent a receipt, nor is fed by the
// hub itself, and which have: its name may be mistaken.
func (s *State) Unheard(partner access.PartnerID, outlet string) (heard []string, unheard bool) {
	if outlet == OutletDNS || outlet == OutletLists {
		return nil, false
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if _, known := s.acts.outlets.number[receiptKey{partner, outlet}]; known {
		return nil, false
	}
	for key := range s.acts.outlets.number {
		if key.partner == partner {
			heard = append(heard, key.outlet)
		}
	}
	slices.Sort(heard)
	return heard, true
}

// Outlet is one that has sent receipts, and when it last did.
type Outlet struct {
	Partner access.PartnerID
	Name    string
	Heard   time.Time // by the ledger's clock
}

// OutletsFor are those of the principal's own partner, for a coordinator all, in the
// order in which they were first heard of.
func (s *State) OutletsFor(by access.Principal) []Outlet {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []Outlet
	for _, of := range s.acts.outlets.list {
		if by.AtLeast(access.Coordinator) || by.Partner != "" && by.Partner == of.partner {
			list = append(list, Outlet{of.partner, of.outlet, of.heard})
		}
	}
	return list
}

// at is the outlet's number; false if its partner has too many.
func (o *outlets) at(key receiptKey, now time.Time) (uint32, bool) {
	n, known := o.number[key]
	of := o.hear(key.partner, now)
	if !known {
		if len(of.outlets) >= maxOutlets {
			return 0, false
		}
		n = uint32(len(o.list)) // bounded by partners times maxOutlets
		of.outlets = append(of.outlets, n)
		o.number[key] = n
		o.list = append(o.list, outletHeard{receiptKey: key})
	}
	o.list[n].heard = now
	return n, true
}
