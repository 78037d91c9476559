package attribution_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

func TestInvariant6DecisiveAndFlatItemsAreNamed(t *testing.T) {
	s := newStory(t)
	s.begin(nil)
	flat, decisive := s.file(2, nil), s.file(2, nil)
	for _, item := range []attribution.EvidenceID{flat, decisive} {
		s.rate(3, s.rating(3, item, "state", "C"))
	}
	s.rate(3, s.rating(3, flat, "criminals", "C"), s.rating(3, decisive, "criminals", "I"))
	check := func(c attribution.Case) {
		t.Helper()
		rows := c.Scores().Rows
		if !rows[0].NonDiagnostic || rows[0].Decisive || rows[1].NonDiagnostic || !rows[1].Decisive {
			t.Errorf("rows %+v", rows)
		}
	}
	check(s.get())
	replayed(t, s)
	// Hiding it in company does not help: without the one item the winner is another.
	for range 5 {
		item := s.file(1, nil)
		s.rate(1, s.rating(1, item, "state", "N"), s.rating(1, item, "criminals", "N"))
	}
	check(s.get())
	// Nor does withdrawing it leave its weight behind.
	s.mark(2, decisive, attribution.ItemWithdrawn)
	if scores := s.get().Scores(); len(scores.Leaders) != 2 || scores.Rows[1].Counts || scores.Rows[1].Decisive {
		t.Errorf("after the withdrawal: %+v", scores)
	}
}

func TestInvariant7FindingOnForgeableOrSealedEvidenceIsLabelled(t *testing.T) {
	forgeable := func(e *attribution.Evidence) { e.Forgeability = attribution.High }
	salt := attribution.Salt{3}
	sealed := func(e *attribution.Evidence) { e.Digest, e.Seal = "", sealOf("content", salt) }
	for what, c := range map[string]struct {
		items []func(*attribution.Evidence)
		want  bool
	}{
		"forgeable":             {[]func(*attribution.Evidence){forgeable}, true},
		"sealed":                {[]func(*attribution.Evidence){sealed}, true},
		"both":                  {[]func(*attribution.Evidence){forgeable, sealed}, true},
		"sealed, with a source": {[]func(*attribution.Evidence){func(e *attribution.Evidence) { sealed(e); e.Source = "a report" }}, true},
		"and one that holds":    {[]func(*attribution.Evidence){forgeable, sealed, nil}, false},
	} {
		s := newStory(t)
		s.begin(nil)
		var items []attribution.EvidenceID
		for _, change := range c.items {
			items = append(items, s.file(2, change))
		}
		s.file(2, nil) // that something else is in the case does not help
		digest := s.propose(3, nil, items...)
		s.vote(1, digest, attribution.Endorse)
		s.vote(2, digest, attribution.Endorse)
		s.publish(digest)
		if got := slices.Contains(s.get().Labels(), attribution.RestsOnForgeable); got != c.want {
			t.Errorf("%s: labelled %v, want %v", what, got, c.want)
		}
		replayed(t, s)
		if what != "sealed" {
			continue
		}
		u := attribution.Unsealing{Case: s.id, Party: name(2), Evidence: items[0], Salt: salt, Digest: digestOf("another content")}
		if _, err := s.state.Unseal(boss(2), u); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("opened with another content: %v", err)
		}
		if s.raw(attribution.KindUnsealed, 2, u) {
			t.Error("an opening with another content is a record")
		}
		refused(t, "opened with another content", after(t, s.records(), attribution.KindUnsealed, 2, u), "case.unsealed", "seal")
		u.Digest = digestOf("content")
		if _, err := s.state.Unseal(boss(1), u); !errors.Is(err, access.ErrForbidden) {
			t.Errorf("opened by another partner: %v", err)
		}
		s.add(s.state.Unseal(boss(2), u))
		if slices.Contains(s.get().Labels(), attribution.RestsOnForgeable) {
			t.Error("labelled though the seal is open")
		}
		replayed(t, s)
		// The hub cannot grade it down afterwards: the votes are on a statement whose
		// basis commits to the grade.
		regrade := func(r *attribution.Record, body members) bool {
			if r.N == 2 {
				body["forgeability"] = "L"
			}
			return true
		}
		refused(t, "graded down", s.forge(regrade, true), "case.vote", "exact text")
	}
}

func TestInvariant8NothingIsDeleted(t *testing.T) {
	s := newStory(t)
	item, digest := s.finding()
	s.rate(3, s.rating(3, item, "criminals", "N"))
	s.mark(2, item, attribution.ItemWithdrawn)
	before := s.get()
	if before.Evidence[0].Status != attribution.ItemWithdrawn || before.Evidence[0].Withdrawn != 10 || len(before.Ratings) != 2 || before.Superseded != 1 {
		t.Errorf("after the withdrawal: %+v", before.Evidence)
	}
	// No entry takes anything away: not by another kind, not by the same id again,
	// not by erasing a body.
	e := s.evidence()
	e.ID, e.Party, e.Title = item, name(2), "Nothing to see"
	o := opening(t)
	o.ID, o.Question = s.id, "Who cares?"
	for what, taken := range map[string]bool{
		"deleted":       s.raw("case.deleted", 2, members{"case": s.id, "evidence": item}),
		"filed again":   s.raw(attribution.KindEvidence, 2, e),
		"opened again":  s.raw(attribution.KindOpened, 1, o),
		"marked filed":  s.raw(attribution.KindMark, 2, attribution.Mark{Case: s.id, Party: name(2), Evidence: item, Status: attribution.ItemFiled, Reason: "r"}),
		"erased":        s.append(ledger.Draft{Kind: attribution.KindEvidence, Actor: string(partnerID(2)), Body: []byte(ledger.Erased)}),
		"a second time": s.raw(attribution.KindPublished, 1, s.publication(1, digest)),
	} {
		if taken {
			t.Errorf("%s: it is a record", what)
		}
	}
	if c := s.get(); c.Records != before.Records || c.Head != before.Head || c.Evidence[0].Title == e.Title || c.Question != before.Question {
		t.Errorf("the case changed: %+v", c)
	}
	replayed(t, s)
	// Whatever a hub leaves out of the records, the rest does not hang together.
	all := s.records()
	for i := range len(all) - 1 {
		gone := append(slices.Clone(all[:i]), all[i+1:]...)
		refused(t, "a record left out", gone)
		for j := i; j < len(gone); j++ { // numbered anew, but not committed to anew
			gone[j].Record.N--
		}
		refused(t, "a record left out and the rest numbered anew", gone)
	}
}
