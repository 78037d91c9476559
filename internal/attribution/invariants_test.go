package attribution_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// The eight invariants of an attribution, each attacked in two ways: by a
// partner through the hub, and by a hub that shows outsiders forged records.

// refused checks that replaying the records fails, and says so of the record.
func refused(t *testing.T, what string, records []attribution.Opened, says ...string) {
	t.Helper()
	_, err := attribution.Replay(records)
	if err == nil {
		t.Errorf("%s: the replay holds", what)
		return
	}
	for _, want := range says {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want it to say %q", what, err, want)
		}
	}
}

// after is the records with one more.
func after(t *testing.T, records []attribution.Opened, kind ledger.Kind, by int, body any) []attribution.Opened {
	t.Helper()
	last := records[len(records)-1]
	text, err := last.Record.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	r := last.Record
	r.N, r.Prev, r.Kind, r.By = r.N+1, attribution.Commit(last.Salt, text).String(), kind, partnerID(by)
	r.Body = canonical(t, body)
	return append(slices.Clone(records), attribution.Opened{Record: r, Salt: attribution.Salt{8}})
}

// edit changes the document of every record of a kind.
func edit(kind ledger.Kind, change func(document members)) func(*attribution.Record, members) bool {
	return func(r *attribution.Record, body members) bool {
		if r.Kind == kind {
			change(body["document"].(members))
		}
		return true
	}
}

func TestInvariant1VoteBindsTheExactStatement(t *testing.T) {
	s := newStory(t)
	_, digest := s.finding()
	edits := map[string]any{
		"text": "It was a unit of a State.", "finding": "criminals", "likelihood": "almost-certain", "confidence": "high",
		"gaps": []string{}, "would_change": []string{"nothing"}, "occurred": "2017-12-19",
	}
	for member, value := range edits {
		// The hub changes the text under the votes.
		change := edit(attribution.KindStatement, func(d members) { d[member] = value })
		refused(t, "edited "+member, s.forge(change, false), "record 6 (case.vote)", "statement "+digest.String(), "exact text")
	}
	for member, value := range map[string]any{
		"vote": "dissent", "words": "Without any doubt.", "confidence": "high", "occurred": "2017-12-19", "partner": string(partnerID(3)),
	} {
		change := edit(attribution.KindVote, func(d members) { d[member] = value })
		says := "not signed by"
		if member == "partner" {
			says = "casts the vote"
		}
		refused(t, "a vote with edited "+member, s.forge(change, false), "record 6 (case.vote)", says)
	}

	// The hub moves the votes to another statement that was put, too.
	other := s.propose(3, func(d *attribution.Document) { d.Act, d.Text = attribution.Update, "Something else." }, s.get().Evidence[0].ID)
	moved := s.ballot(1, digest, attribution.Endorse)
	moved.Document.Statement = other.String()
	refused(t, "a vote moved to another statement", after(t, s.records(), attribution.KindVote, 1, moved), "case.vote", "not signed by")
	// So does a partner, or somebody with its token but without its key.
	if _, err := s.state.Vote(analyst(1), moved, anyKey); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("a vote moved to another statement: %v", err)
	}
	if s.raw(attribution.KindVote, 1, moved) {
		t.Error("a vote moved to another statement is a record")
	}
	unknown := s.ballot(1, attribution.Digest{1}, attribution.Endorse)
	if _, err := s.state.Vote(analyst(1), unknown, anyKey); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a vote on what was never put: %v", err)
	}
	if got := s.get().Statement(other).Tally(); got != (attribution.Tally{}) {
		t.Errorf("the other statement has votes: %s", got)
	}
}

func TestInvariant2CitedEvidenceIsOlderThanTheVote(t *testing.T) {
	s := newStory(t)
	s.begin(nil)
	first := s.file(2, nil)
	c := s.get()
	basis := attribution.Basis{N: c.Records, Commitment: c.Head.String()}
	late := s.file(2, nil)
	m := s.motion(3, first, late)
	m.Document.Basis = basis
	if _, _, err := s.state.Statement(analyst(3), m); !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), "after the basis") {
		t.Errorf("cites what came after the basis: %v", err)
	}
	for name, basis := range map[string]attribution.Basis{
		"to come": {N: 4, Commitment: c.Head.String()}, "nought": {N: 0, Commitment: c.Head.String()}, "other commitment": {N: 3, Commitment: c.Head.String()},
	} {
		m.Document.Basis = basis
		if _, _, err := s.state.Statement(analyst(3), m); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("a basis that is %s: %v", name, err)
		}
	}
	m.Document.Basis, m.Document.Cites = attribution.Basis{}, []attribution.EvidenceID{"evidence--00000000-0000-4000-8000-00000000000f"}
	if _, _, err := s.state.Statement(analyst(3), m); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("cites what is not in the case: %v", err)
	}

	digest := s.propose(3, nil, first, late)
	s.vote(1, digest, attribution.Endorse)
	s.vote(2, digest, attribution.Endorse)
	s.publish(digest)
	// The hub leaves the item out, or files it after the fact.
	refused(t, "without the cited item", s.forge(func(r *attribution.Record, _ members) bool { return r.N != 3 }, true), "record 3 (case.statement)", string(late))
	var held members
	moved := s.forge(func(r *attribution.Record, body members) bool {
		if r.N == 3 {
			held = body
		}
		return r.N != 3
	}, true)
	refused(t, "cited item filed last", after(t, moved, attribution.KindEvidence, 2, held), "record 3 (case.statement)", string(late))
	// Or changes it: the basis commits to what was voted on.
	change := func(r *attribution.Record, body members) bool {
		if r.N == 3 {
			body["title"] = "Something stronger"
		}
		return true
	}
	refused(t, "cited item changed", s.forge(change, false), "record 4 (case.statement)", "basis")
	refused(t, "cited item changed, and the basis", s.forge(change, true), "record 5 (case.vote)", "exact text")
}

func TestInvariant3SilenceAndAbstentionNeverSatisfyAll(t *testing.T) {
	publish := func(s *story, digest attribution.Digest) (bool, []attribution.Opened, error) {
		p := s.publication(1, digest)
		_, err := s.state.Publish(boss(1), p)
		forged := after(t, s.records(), attribution.KindPublished, 1, p)
		return s.raw(attribution.KindPublished, 1, p), forged, err
	}
	for what, votes := range map[string]func(*story, attribution.Digest){
		"nobody votes":  func(*story, attribution.Digest) {},
		"one is silent": func(s *story, d attribution.Digest) { s.vote(1, d, attribution.Endorse) },
		"one abstains": func(s *story, d attribution.Digest) {
			s.vote(1, d, attribution.Endorse)
			s.vote(2, d, attribution.Abstain)
		},
		"one dissents": func(s *story, d attribution.Digest) {
			s.vote(1, d, attribution.Endorse)
			s.vote(2, d, attribution.Dissent)
		},
		"somebody else endorses": func(s *story, d attribution.Digest) {
			s.vote(1, d, attribution.Endorse)
			s.vote(3, d, attribution.Endorse)
		},
		"one votes twice": func(s *story, d attribution.Digest) {
			s.vote(1, d, attribution.Endorse)
			s.vote(1, d, attribution.Endorse, "Once more.")
		},
		"one takes it back": func(s *story, d attribution.Digest) {
			s.vote(1, d, attribution.Endorse)
			s.vote(2, d, attribution.Endorse)
			s.vote(2, d, attribution.Abstain)
		},
		"one endorses another text": func(s *story, d attribution.Digest) {
			s.vote(1, d, attribution.Endorse)
			s.vote(2, s.propose(3, func(d *attribution.Document) { d.Text = "Other words." }, s.get().Evidence[0].ID), attribution.Endorse)
		},
	} {
		s := newStory(t)
		s.begin(nil)
		digest := s.propose(3, nil, s.file(2, nil))
		votes(s, digest)
		taken, forged, err := publish(s, digest)
		if !errors.Is(err, access.ErrConflict) || !strings.Contains(err.Error(), "policy") || taken {
			t.Errorf("%s: published (%v), entry taken: %v", what, err, taken)
		}
		refused(t, what, forged, "case.published", "do not satisfy the policy")
	}
	// A hub that leaves out who took it back is short of the endorsement, too; one
	// that opens the case with another policy has another question to answer.
	s := newStory(t)
	s.finding()
	refused(t, "without one vote", s.forge(func(r *attribution.Record, _ members) bool { return r.N != 7 }, false), "record 7 (case.published)", "do not satisfy")
	weaker := "1 of [" + string(partnerID(1)) + ", " + string(partnerID(2)) + "]"
	change := func(r *attribution.Record, body members) bool {
		if r.Kind == attribution.KindOpened {
			body["policy"] = weaker
		}
		if d, ok := body["document"].(members); ok && r.Kind == attribution.KindStatement {
			d["policy"] = weaker
		}
		return r.N != 7
	}
	refused(t, "another policy", s.forge(change, true), "record 6 (case.vote)", "exact text")
}
