package attribution_test

import (
	"cmp"
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/signature"
)

var start = time.Date(2017, 5, 15, 17, 0, 0, 0, time.UTC)

var secret = []byte("a secret of these tests")

func partnerID(n int) access.PartnerID {
	return access.PartnerID(fmt.Sprintf("identity--00000000-0000-4000-8000-%012d", n))
}

func name(n int) string { return fmt.Sprintf("Partner %d", n) }

func principal(n int, role access.Role) access.Principal {
	return access.Principal{Partner: partnerID(n), Role: role, Communities: []string{access.DefaultCommunity}}
}

func boss(n int) access.Principal    { return principal(n, access.Coordinator) }
func analyst(n int) access.Principal { return principal(n, access.Analyst) }

// story keeps a ledger in memory and folds it.
type story struct {
	t     testing.TB
	state *attribution.State
	head  ledger.Head
	log   []ledger.Entry
	keys  map[int]signature.Signer
	id    attribution.CaseID // of the case that begin opens
}

func newStory(t testing.TB) *story {
	return &story{t: t, state: attribution.NewState(secret), keys: make(map[int]signature.Signer)}
}

// append puts a draft on the ledger and says whether it became a record.
func (s *story) append(d ledger.Draft) bool {
	s.t.Helper()
	e, _, err := ledger.Seal(d, s.head, start.Add(time.Duration(s.head.Seq)*time.Minute))
	if err != nil {
		s.t.Fatal(err)
	}
	s.head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
	s.log = append(s.log, e)
	if err := s.state.Apply(e); err != nil {
		s.t.Fatal(err)
	}
	_, taken := s.state.Leaf(e.Seq)
	return taken
}

func (s *story) add(d ledger.Draft, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	if taken := s.append(d); !taken && d.Kind != attribution.KindSealed {
		s.t.Fatalf("the entry is void: %s %s", d.Kind, d.Body)
	}
}

// raw is an entry that no draft would make: a hostile hub's, or another program's.
func (s *story) raw(kind ledger.Kind, by int, body any) bool {
	s.t.Helper()
	d, err := ledger.NewDraft(kind, string(partnerID(by)), access.ToCommunity(access.AmberStrict).String(), body)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.append(d)
}

func (s *story) get() attribution.Case {
	s.t.Helper()
	c, err := s.state.Get(principal(1, access.Viewer), s.id)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func policy(t testing.TB, text string, members ...int) (attribution.Policy, map[access.PartnerID]string) {
	t.Helper()
	var ids []any
	names := make(map[access.PartnerID]string)
	for _, n := range members {
		ids = append(ids, partnerID(n))
		names[partnerID(n)] = name(n)
	}
	p, err := attribution.ParsePolicy(fmt.Sprintf(text, ids...))
	if err != nil {
		t.Fatal(err)
	}
	return p, names
}

func opening(t testing.TB) attribution.Opening {
	o := attribution.Opening{
		Party: name(1), Question: "Who made and released the worm of 12 May 2017?",
		Hypotheses: []attribution.Hypothesis{
			{ID: "state", Title: "A unit of a state", Ref: "intrusion-set--00000000-0000-4000-8000-000000000009"},
			{ID: "criminals", Title: "Criminals for gain"},
		},
	}
	o.Policy, o.Members = policy(t, "all of [%s, %s]", 1, 2)
	return o
}

// begin opens the case of the story, which two partners have to agree on unless
// the opening is changed.
func (s *story) begin(change func(*attribution.Opening)) {
	s.t.Helper()
	o := opening(s.t)
	if change != nil {
		change(&o)
	}
	id, d, err := s.state.Open(boss(1), o, access.Audience{})
	s.add(d, err)
	s.id = id
}

func (s *story) evidence() attribution.Evidence {
	return attribution.Evidence{
		Case: s.id, Title: "Code shared with a backdoor of February 2015", Kind: attribution.Technical,
		Digest:      "sha256:24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c",
		Reliability: "B", Credibility: 2, Relevance: "M", Forgeability: "M",
		Links: []string{"malware--00000000-0000-4000-8000-000000000008"},
	}
}

// file files an item of partner n.
func (s *story) file(n int, change func(*attribution.Evidence)) attribution.EvidenceID {
	s.t.Helper()
	e := s.evidence()
	e.Party = name(n)
	if change != nil {
		change(&e)
	}
	id, d, err := s.state.File(principal(n, access.Contributor), e)
	s.add(d, err)
	return id
}

func (s *story) mark(n int, item attribution.EvidenceID, status attribution.ItemStatus) {
	s.t.Helper()
	s.add(s.state.Mark(analyst(n), attribution.Mark{Case: s.id, Party: name(n), Evidence: item, Status: status, Reason: "it is wrong"}))
}

func (s *story) rating(n int, item attribution.EvidenceID, h attribution.HypothesisID, v attribution.Value) attribution.Rating {
	return attribution.Rating{Case: s.id, Party: name(n), Evidence: item, Hypothesis: h, Value: v, Reason: "as far as is known"}
}

func (s *story) rate(n int, ratings ...attribution.Rating) {
	s.t.Helper()
	drafts, err := s.state.Rate(analyst(n), ratings...)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range drafts {
		s.add(d, nil)
	}
}

func (s *story) motion(n int, cites ...attribution.EvidenceID) attribution.Motion {
	return attribution.Motion{Case: s.id, Party: name(n), Document: attribution.Document{
		Act: attribution.Finding, Finding: "state", Text: "It was a unit of a state.", Likelihood: "very-likely", Confidence: "moderate",
		Cites: cites, Gaps: []string{"who gave the order"}, WouldChange: []string{"the code is found on sale"},
	}}
}

// propose puts a statement to the vote.
func (s *story) propose(n int, change func(*attribution.Document), cites ...attribution.EvidenceID) attribution.Digest {
	s.t.Helper()
	m := s.motion(n, cites...)
	if change != nil {
		change(&m.Document)
	}
	digest, d, err := s.state.Statement(analyst(n), m)
	s.add(d, err)
	return digest
}

func (s *story) key(n int) signature.Signer {
	key, has := s.keys[n]
	if !has {
		var err error
		if key, err = signature.Generate(); err != nil {
			s.t.Fatal(err)
		}
		s.keys[n] = key
	}
	return key
}

// ballot is the vote of partner n, signed.
func (s *story) ballot(n int, statement attribution.Digest, choice attribution.Choice, words ...string) attribution.Vote {
	s.t.Helper()
	b := attribution.Ballot{
		Case: s.id, Statement: statement.String(), Partner: partnerID(n), Vote: choice,
		Words: cmp.Or(append(words, fmt.Sprintf("Partner %d has looked into it.", n))...), Confidence: "moderate",
	}
	text, err := b.Message()
	if err != nil {
		s.t.Fatal(err)
	}
	return attribution.Vote{Case: s.id, Party: name(n), Document: b, Key: s.key(n).Public().String(), Signature: s.key(n).Sign(text)}
}

func (s *story) vote(n int, statement attribution.Digest, choice attribution.Choice, words ...string) {
	s.t.Helper()
	s.add(s.state.Vote(analyst(n), s.ballot(n, statement, choice, words...), anyKey))
}

func (s *story) publication(n int, statement attribution.Digest) attribution.Publication {
	return attribution.Publication{Case: s.id, Party: name(n), Statement: statement.String()}
}

func (s *story) publish(statement attribution.Digest) {
	s.t.Helper()
	s.add(s.state.Publish(boss(1), s.publication(1, statement)))
}

func (s *story) reply(n int, statement attribution.Digest) {
	s.t.Helper()
	s.add(s.state.Reply(boss(n), attribution.Reply{Case: s.id, Party: name(n), Source: "a press conference of 21 December 2017", Document: attribution.Answer{
		Case: s.id, Statement: statement.String(), From: "The accused", Relation: attribution.Denial, Text: "There is no evidence.",
	}}))
}

// finding is a case with one item, and a finding published by both partners.
func (s *story) finding() (attribution.EvidenceID, attribution.Digest) {
	s.t.Helper()
	s.begin(nil)
	item := s.file(2, nil)
	s.rate(3, s.rating(3, item, "state", "C"), s.rating(3, item, "criminals", "I"))
	digest := s.propose(3, nil, item)
	s.vote(1, digest, attribution.Endorse)
	s.vote(2, digest, attribution.Endorse)
	s.publish(digest)
	return item, digest
}
