package attribution

import (
	"cmp"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Statement is the draft of a statement to vote on, and its digest; an analyst
// may put one. What the document leaves empty of case, question, policy,
// version, previous and basis is filled in from the case as it stands; what it
// says has to be right.
func (s *State) Statement(by access.Principal, m Motion) (Digest, ledger.Draft, error) {
	const what = "put a statement to the vote"
	m, err := s.complete(by, m)
	if err != nil {
		return Digest{}, ledger.Draft{}, fmt.Errorf("%s: %w", what, err)
	}
	d, err := s.draft(what, by, access.Analyst, KindStatement, m)
	if err != nil {
		return Digest{}, ledger.Draft{}, err
	}
	digest, err := m.Document.Digest()
	return digest, d, err
}

// complete fills in what the case knows better than who writes a statement.
func (s *State) complete(by access.Principal, m Motion) (Motion, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f, err := s.visible(by, m.Case)
	if err != nil {
		return m, err
	}
	d := &m.Document
	d.Case, d.Question, d.Policy = cmp.Or(d.Case, f.ID), cmp.Or(d.Question, f.Question), cmp.Or(d.Policy, f.Policy.String())
	if d.Basis == (Basis{}) {
		d.Basis = Basis{N: f.Records, Commitment: f.Head.String()}
	}
	version, previous := 1, ""
	if f.current >= 0 {
		last := &f.Statements[f.current]
		version, previous = last.Document.Version+1, last.Digest.String()
	}
	if d.Gaps == nil {
		d.Gaps = []string{}
	}
	if d.WouldChange == nil {
		d.WouldChange = []string{}
	}
	d.Version, d.Previous = cmp.Or(d.Version, version), cmp.Or(d.Previous, previous)
	return m, nil
}

// Vote is the draft of a signed vote; an analyst may hand it in. The authority
// is the signature: may says which keys the partner votes with.
func (s *State) Vote(by access.Principal, v Vote, may func(partner access.PartnerID, key string) bool) (ledger.Draft, error) {
	return s.draft("vote", by, access.Analyst, KindVote, v, func(*file) error {
		if !may(by.Partner, v.Key) {
			return notAVoter(v.Key)
		}
		return nil
	})
}

// Publish is the draft of a publication. A coordinator of the partner that
// opened the case, or of one that the policy names, may publish a statement
// whose last votes satisfy the policy.
func (s *State) Publish(by access.Principal, p Publication) (ledger.Draft, error) {
	return s.draft("publish", by, access.Coordinator, KindPublished, p, func(f *file) error {
		return f.decides(by.Partner, "publish")
	})
}

// Reply is the draft of the record of a reply; a coordinator may record one.
func (s *State) Reply(by access.Principal, r Reply) (ledger.Draft, error) {
	return s.draft("record a reply", by, access.Coordinator, KindReply, r)
}
