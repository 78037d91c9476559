package attribution_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

func TestInvariant4ScoresAreNeverStored(t *testing.T) {
	s := newStory(t)
	item, _ := s.finding()
	for _, e := range s.log {
		for _, word := range []string{"inconsistency", "diagnosticity", "posterior", "leaders", "ranking"} {
			if strings.Contains(string(e.Body), word) {
				t.Errorf("entry %d stores a score: %s", e.Seq, e.Body)
			}
		}
	}
	// A score in a record is a record that does not exist.
	body := members{
		"case": s.id, "party": name(3), "evidence": item, "hypothesis": "criminals", "value": "CC", "reason": "r",
		"scores": members{"leaders": []string{"criminals"}},
	}
	if s.raw(attribution.KindRating, 3, body) || s.raw("case.scores", 3, body) {
		t.Error("an entry with scores is a record")
	}
	refused(t, "scores in a rating", after(t, s.records(), attribution.KindRating, 3, body), "record 9 (case.rating)", "scores")
	refused(t, "a record of scores", after(t, s.records(), "case.scores", 3, body), "record 9 (case.scores)", "unknown kind")
	// They follow the ratings at once, in either direction.
	if got := s.get().Scores().Leaders; !slices.Equal(got, []string{"state"}) {
		t.Errorf("leaders %v", got)
	}
	s.rate(3, s.rating(3, item, "state", "II"), s.rating(3, item, "criminals", "C"))
	held := s.get()
	if got := held.Scores().Leaders; !slices.Equal(got, []string{"criminals"}) {
		t.Errorf("leaders %v after the ratings changed", got)
	}
	again, err := attribution.Replay(s.records())
	if err != nil || !slices.Equal(again.Scores().Leaders, []string{"criminals"}) {
		t.Errorf("replayed: %v", err)
	}
}

func TestInvariant5DissentStaysWithTheStatement(t *testing.T) {
	s := newStory(t)
	_, digest := s.finding()
	s.vote(3, digest, attribution.Dissent)
	s.reply(4, digest)
	dissents := func(c attribution.Case) bool {
		return c.Current().Tally().Dissent == 1 && len(c.RepliesTo(*c.Current())) == 1 && slices.Contains(c.Labels(), attribution.Contested) &&
			slices.Contains(c.Scores().Labels, attribution.Contested)
	}
	if !dissents(s.get()) {
		t.Fatalf("labels %v", s.get().Labels())
	}
	// Nobody else can change the vote: not with its own key, not under its name.
	forged := s.ballot(1, digest, attribution.Endorse)
	forged.Document.Partner = partnerID(3)
	if _, err := s.state.Vote(analyst(1), forged, anyKey); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a vote for another partner: %v", err)
	}
	if s.raw(attribution.KindVote, 1, forged) || s.raw(attribution.KindVote, 3, forged) {
		t.Error("a vote for another partner is a record")
	}
	if !dissents(s.get()) {
		t.Error("the dissent is gone")
	}
	// A hub that leaves it out breaks the chain, or has to show commitments that
	// are not those of the log.
	all := s.records()
	refused(t, "without the dissent", append(slices.Clone(all[:8]), all[9:]...), "record 9 (case.reply)", "without a gap")
	logged := make(map[string]bool)
	for _, e := range s.log {
		if leaf, ok := s.state.Leaf(e.Seq); ok {
			logged[string(leaf)] = true
		}
	}
	c, err := attribution.Replay(s.forge(func(r *attribution.Record, _ members) bool { return r.N != 9 }, false))
	if err != nil {
		t.Fatal(err)
	}
	if !logged[string(attribution.LeafOf(s.get().Head))] || logged[string(attribution.LeafOf(c.Head))] {
		t.Error("the records without the dissent have the log's own commitments")
	}
	again, err := attribution.Replay(all)
	if err != nil || !dissents(*again) {
		t.Errorf("replayed without the dissent: %v", err)
	}
}
