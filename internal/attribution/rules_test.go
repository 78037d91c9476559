package attribution_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// wants checks an error's kind and what it says.
func wants(t *testing.T, what string, err, kind error, says string) {
	t.Helper()
	if !errors.Is(err, kind) || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: %v; want a %v that says %q", what, err, kind, says)
	}
}

// Of two statements that would be the next, one can be published.
func TestRivalStatements(t *testing.T) {
	s := newStory(t)
	s.begin(nil)
	item := s.file(2, nil)
	first := s.propose(3, nil, item)
	second := s.propose(3, func(d *attribution.Document) { d.Text = "In other words." }, item)
	for _, digest := range []attribution.Digest{first, second} {
		s.vote(1, digest, attribution.Endorse)
		s.vote(2, digest, attribution.Endorse)
	}
	s.publish(first)
	_, err := s.state.Publish(boss(1), s.publication(1, second))
	wants(t, "the rival", err, access.ErrConflict, "version 1 is published")
	if s.raw(attribution.KindPublished, 1, s.publication(1, second)) {
		t.Error("the rival is published")
	}
	refused(t, "the rival", after(t, s.records(), attribution.KindPublished, 1, s.publication(1, second)), "case.published", "version 1 is published")

	m := s.motion(3, item)
	m.Document.Act, m.Document.Case = attribution.Update, "case--00000000-0000-4000-8000-00000000000c"
	_, _, err = s.state.Statement(analyst(3), m)
	wants(t, "a statement of another case", err, access.ErrInvalid, "case is")
	v := s.ballot(3, first, attribution.Endorse)
	v.Document.Case = m.Document.Case
	_, err = s.state.Vote(analyst(3), v, anyKey)
	wants(t, "a vote of another case", err, access.ErrInvalid, "case is")

	// The same text is put to the vote once; what changed since, its basis tells.
	same := attribution.Motion{Case: s.id, Party: name(3), Document: s.get().Statements[0].Document}
	if s.raw(attribution.KindStatement, 3, same) {
		t.Error("one statement is put to the vote twice")
	}
	if c := s.get(); len(c.Statements) != 2 || c.Current().Digest != first {
		t.Errorf("%d statements, current %s", len(c.Statements), c.Current().Digest)
	}
}

func TestAStatementIsPutToTheVoteOnce(t *testing.T) {
	s := newStory(t)
	s.begin(nil)
	s.propose(3, nil, s.file(2, nil))
	_, _, err := s.state.Statement(analyst(3), attribution.Motion{Case: s.id, Party: name(3), Document: s.get().Statements[0].Document})
	wants(t, "the same again", err, access.ErrConflict, "already")
}

// Items that ended stay what they are, and count no longer; what was cited when
// an item still stood stays cited.
func TestItemsThatEnded(t *testing.T) {
	s := newStory(t)
	s.begin(nil)
	old := s.file(2, nil)
	s.rate(3, s.rating(3, old, "state", "C"), s.rating(3, old, "criminals", "I"))
	s.mark(3, old, attribution.ItemContested)
	if row := s.get().Scores().Rows[0]; row.Status != "contested" || !row.Counts {
		t.Errorf("a contested item: %+v", row)
	}
	basis := attribution.Basis{N: s.get().Records, Commitment: s.get().Head.String()}
	s.file(2, func(e *attribution.Evidence) { e.Replaces = old })
	if row := s.get().Scores().Rows[0]; row.Status != "updated" || row.Counts {
		t.Errorf("an updated item: %+v", row)
	}
	e := s.evidence()
	e.Party, e.Replaces = name(2), old
	_, _, err := s.state.File(boss(2), e)
	wants(t, "replaced twice", err, access.ErrConflict, "updated")
	_, err = s.state.Mark(boss(2), attribution.Mark{Case: s.id, Party: name(2), Evidence: old, Status: attribution.ItemWithdrawn, Reason: "r"})
	wants(t, "withdrawn after its update", err, access.ErrConflict, "updated")

	gone := s.file(2, nil)
	m := s.motion(3, gone)
	m.Document.Basis = attribution.Basis{N: s.get().Records, Commitment: s.get().Head.String()}
	s.mark(2, gone, attribution.ItemWithdrawn)
	if row := s.get().Scores().Rows[2]; row.Status != "withdrawn" || row.Counts {
		t.Errorf("a withdrawn item: %+v", row)
	}
	_, d, err := s.state.Statement(analyst(3), m) // of the case before the withdrawal
	s.add(d, err)
	m.Document.Basis = attribution.Basis{}
	_, _, err = s.state.Statement(analyst(3), m)
	wants(t, "citing what is withdrawn", err, access.ErrInvalid, "withdrawn by record")
	s.propose(3, func(d *attribution.Document) { d.Basis = basis }, old)
	replayed(t, s)
}

// A seal is opened once, and to the digest that its item names.
func TestSealsAreOpenedOnce(t *testing.T) {
	s := newStory(t)
	s.begin(nil)
	salt := attribution.Salt{5}
	named := s.file(2, func(e *attribution.Evidence) { e.Seal = sealOf("content", salt) }) // with another digest
	item := s.file(2, func(e *attribution.Evidence) { e.Seal, e.Digest = sealOf("content", salt), digestOf("content") })
	u := attribution.Unsealing{Case: s.id, Party: name(2), Evidence: named, Salt: salt, Digest: digestOf("content")}
	_, err := s.state.Unseal(boss(2), u)
	wants(t, "another digest than the item's", err, access.ErrInvalid, "not that of")
	u.Evidence = item
	s.add(s.state.Unseal(boss(2), u))
	_, err = s.state.Unseal(boss(2), u)
	wants(t, "opened twice", err, access.ErrConflict, "is open")
	if seals := s.get().Seals(); len(seals) != 2 || seals[1].Unsealed != 4 || seals[0].Unsealed != 0 {
		t.Errorf("seals %+v", seals)
	}
}

// Vectors have bounds, and the last round with one revealed is the one pooled.
func TestVectorsOfSeveralRounds(t *testing.T) {
	for what, v := range map[string]attribution.Vector{"empty": nil, "noughts": {"state": 0}, "too large": {"state": 1_000_001}, "negative": {"state": -1, "other": 2}} {
		wants(t, what, v.Validate(), access.ErrInvalid, "vector")
	}
	s := newStory(t)
	s.begin(nil)
	for round, vector := range []attribution.Vector{{"state": 1}, {"criminals": 1}, {"other": 1}} {
		seal, err := attribution.SealVector(attribution.Salt{}, vector)
		if err != nil {
			t.Fatal(err)
		}
		s.add(s.state.Commit(analyst(1), attribution.Commitment{Case: s.id, Party: name(1), Round: round + 1, Seal: seal.Named()}))
		held := s.get()
		s.add(s.state.CloseRound(boss(1), attribution.Closing{Case: s.id, Party: name(1), Round: round + 1}))
		if held.Rounds[round].Closed != 0 {
			t.Error("what a reader holds has changed")
		}
		if round < 2 {
			s.add(s.state.Reveal(analyst(1), attribution.Revelation{Case: s.id, Party: name(1), Round: round + 1, Vector: vector}))
		}
	}
	if pooled := s.get().Scores().Vectors; pooled.Round != 2 || text(t, pooled.Mean[1].Probability) != "1.000000" {
		t.Errorf("pooled %+v", pooled)
	}
	replayed(t, s)
}

// A dissenting vote alone contests a statement, whoever casts it.
func TestDissentContests(t *testing.T) {
	s := newStory(t)
	_, digest := s.finding()
	s.vote(5, digest, attribution.Dissent)
	if !slices.Equal(s.get().Labels(), []string{attribution.Contested}) || !s.get().Contested {
		t.Errorf("labels %v", s.get().Labels())
	}
	s.vote(5, digest, attribution.Abstain)
	if len(s.get().Labels()) != 0 {
		t.Errorf("labels %v after the dissent was taken back", s.get().Labels())
	}
	r := attribution.Reply{Case: s.id, Party: name(1), Document: attribution.Answer{
		Case: s.id, Statement: digest.String(), From: "The accused", Relation: attribution.Denial, Text: "No."}}
	r.Key = "webauthn:hub.example:" + strings.Repeat("A", 88)
	_, err := s.state.Reply(boss(1), r)
	wants(t, "a reply by a passkey", err, access.ErrInvalid, "Ed25519")
}
