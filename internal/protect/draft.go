package protect

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// propose fills in what all new protections have in common.
func (s *State) propose(r *record, p Polarity, by string, now time.Time) Protection {
	next := Protection{
		Value: r.value, Polarity: p, Status: Proposed, By: by,
		Guards: []string{}, Decided: now, Expires: now.Add(s.cfg.Lifetime),
	}
	next.ID = protectionID(next, r.decisions)
	return next
}

// protectionIDs is the UUIDv5 name space of protections: that of the DNS
// applied to "protection.tocsin.example".
var protectionIDs = uuid.NewSHA1(uuid.NameSpaceDNS, []byte("protection.tocsin.example"))

// protectionID follows from what the ledger holds, so that a decision that is
// worked out twice is the same one.
func protectionID(p Protection, decisions int) string {
	name := fmt.Sprintf("%s\x00%s\x00%s\x00%d", p.Value, p.Polarity, p.By, decisions)
	return "protection--" + uuid.NewSHA1(protectionIDs, []byte(name)).String()
}

// end is the decision that ends a protection.
func (s *slot) end(status Status, by, rule, reason string, now time.Time) Protection {
	p := s.Protection
	p.Status, p.By, p.Rule, p.Reason, p.Decided = status, by, rule, reason, now
	return p
}

func (s *State) decide(p Protection) ledger.Draft {
	return draft(KindDecided, access.Hub, s.audience(p), p)
}

func draft(kind ledger.Kind, actor string, audience access.Audience, body any) ledger.Draft {
	d, err := ledger.NewDraft(kind, actor, audience.String(), body)
	if err != nil {
		panic("protect: " + err.Error()) // all its strings were checked or read from JSON
	}
	return d
}

func bySeq(slots []*slot) {
	slices.SortFunc(slots, func(a, b *slot) int { return cmp.Compare(a.seq, b.seq) })
}
