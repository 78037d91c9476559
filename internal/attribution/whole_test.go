package attribution_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// public is how many records of the story's case are public.
func (s *story) public() int {
	s.t.Helper()
	part, err := s.state.PublicPart(s.id)
	if err != nil {
		s.t.Fatal(err)
	}
	return len(part.Records)
}

// TestNobodyElsePublishesAnUpdate prepares an update behind a publication:
// whatever others than coordinators do meanwhile, it stays confidential.
func TestNobodyElsePublishesAnUpdate(t *testing.T) {
	s := newStory(t)
	s.begin(nil)
	if _, err := s.state.PublicPart(s.id); !errors.Is(err, access.ErrNotFound) {
		t.Fatalf("before a publication: %v", err)
	}
	salt := attribution.Salt{5}
	sealed := s.file(2, func(e *attribution.Evidence) { e.Digest, e.Seal = "", sealOf("content", salt) })
	item := s.file(2, nil)
	old := s.propose(3, nil, item)
	s.vote(1, old, attribution.Endorse)
	s.vote(2, old, attribution.Endorse)
	s.publish(old)
	at := func(what string, want int) {
		t.Helper()
		if got := s.public(); got != want {
			t.Errorf("%s: %d of %d records are public, want %d", what, got, s.get().Records, want)
		}
	}
	all := func(what string) { t.Helper(); at(what, s.get().Records) }
	all("published")
	s.vote(2, old, attribution.Dissent)
	s.mark(9, item, attribution.ItemContested)
	s.vote(8, old, attribution.Abstain)
	all("votes and a mark directly behind it")

	end := s.get().Records
	secret := s.file(2, nil)
	update := s.propose(1, func(d *attribution.Document) { d.Act = attribution.Update }, secret)
	s.vote(7, update, attribution.Abstain)
	at("an update", end)
	s.mark(9, secret, attribution.ItemContested)
	s.mark(9, item, attribution.ItemContested)
	s.vote(9, old, attribution.Dissent)
	s.add(s.state.Unseal(boss(2), attribution.Unsealing{Case: s.id, Party: name(2), Evidence: sealed, Salt: salt, Digest: digestOf("content")}))
	at("acts on what is public, behind an update", end)
	voters := s.state.PublicVoters()
	if want := []access.PartnerID{partnerID(1), partnerID(2), partnerID(8)}; !slices.Equal(voters, want) {
		t.Errorf("voters are %v, want %v", voters, want)
	}

	s.reply(1, old)
	all("a reply")
	s.mark(9, secret, attribution.ItemContested)
	all("a mark of what the reply made public")
	end = s.get().Records
	s.mark(9, s.file(2, nil), attribution.ItemContested)
	at("a mark of a new item", end)
	s.vote(1, update, attribution.Endorse)
	s.vote(2, update, attribution.Endorse)
	s.publish(update)
	all("the update is published")
}
