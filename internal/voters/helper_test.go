package voters_test

import (
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/signature"
	"github.com/tocsin-project/tocsin/internal/voters"
)

const (
	north = access.PartnerID("identity--00000000-0000-4000-8000-000000000001")
	south = access.PartnerID("identity--00000000-0000-4000-8000-000000000002")
)

var (
	noon  = time.Date(2017, 5, 15, 12, 0, 0, 0, time.UTC)
	admin = access.Principal{Role: access.Administrator}
)

// coordinator is one of the partner.
func coordinator(partner access.PartnerID) access.Principal {
	return access.Principal{Partner: partner, Role: access.Coordinator, Communities: []string{access.DefaultCommunity}}
}

func generate(t testing.TB) signature.Signer {
	t.Helper()
	s, err := signature.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// node is a State and the ledger that it folds.
type node struct {
	t testing.TB
	*voters.State
	entries []ledger.Entry
}

func newNode(t testing.TB) *node { return &node{t: t, State: voters.NewState()} }

// append puts a draft on the ledger, a second after the one before, and says
// whether it stands.
func (n *node) append(d ledger.Draft, err error) bool {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
	seq := ledger.Seq(len(n.entries) + 1)
	e := ledger.Entry{Seq: seq, Time: noon.Add(time.Duration(seq) * time.Second), Kind: d.Kind, Actor: d.Actor, Audience: d.Audience, Body: d.Body}
	n.entries = append(n.entries, e)
	if err := n.Apply(e); err != nil {
		n.t.Fatal(err)
	}
	_, stands := n.Leaf(seq)
	return stands
}

func text(s signature.Signer) string { return s.Public().String() }

// rotated is a claim that next takes the place of previous, signed by it.
func rotated(partner access.PartnerID, previous, next signature.Signer) voters.Claim {
	c := voters.Claim{Verb: voters.Rotate, Partner: partner, Key: text(next), Previous: text(previous)}
	c.Signature = previous.Sign(c.Message()).Text()
	return c
}

// revoked is a claim that a key ends, signed by it.
func revoked(partner access.PartnerID, key signature.Signer) voters.Claim {
	c := voters.Claim{Verb: voters.Revoke, Partner: partner, Key: text(key)}
	c.Signature = key.Sign(c.Message()).Text()
	return c
}

// rotate appends one key taking the place of another.
func (n *node) rotate(by access.Principal, partner access.PartnerID, previous, next signature.Signer) bool {
	n.t.Helper()
	c := rotated(partner, previous, next)
	return n.append(n.Rotate(by, partner, c.Previous, c.Key, c.Signature))
}
