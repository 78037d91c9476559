package attribution_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

func TestACase(t *testing.T) {
	s := newStory(t)
	s.begin(nil)
	item := s.file(2, nil)
	c := s.get()
	var have []attribution.HypothesisID
	for _, h := range c.Hypotheses {
		have = append(have, h.ID)
	}
	if diff := cmp.Diff([]attribution.HypothesisID{"state", "criminals", "unknown", "other", "false-flag"}, have); diff != "" {
		t.Errorf("hypotheses (-want +got):\n%s", diff)
	}
	if c.By != partnerID(1) || !c.Opened.Equal(start) || !c.Policy.Equal(opening(t).Policy) || c.Status != attribution.Open || c.Records != 2 {
		t.Errorf("case %+v", c)
	}
	want := s.evidence()
	want.ID, want.Party = item, name(2)
	filed := attribution.Filed{Evidence: want, Where: attribution.Where{Record: 2, By: partnerID(2), At: c.Evidence[0].At}, Status: attribution.ItemFiled}
	if diff := cmp.Diff([]attribution.Filed{filed}, c.Evidence); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
	if scores := c.Scores(); len(scores.Ranking) != 0 || len(scores.Rows[0].Missing) != 2 {
		t.Errorf("scores of an unrated case: %+v", scores)
	}

	for n, against := range map[int]attribution.Value{3: "I", 4: "II"} {
		fits, against := s.rating(n, item, "state", "C"), s.rating(n, item, "criminals", against)
		fits.Likelihood, against.Likelihood = 0.8, 0.2
		s.rate(n, fits, against)
	}
	// B2 is high credence, relevance medium: the weight is sqrt 2, and the mean
	// of I and II is -1.5.
	scores := s.get().Scores()
	if !slices.Equal(scores.Leaders, []string{"state"}) || text(t, scores.Ranking[1].Inconsistency) != "-2.121320" {
		t.Errorf("ranking %+v", scores.Ranking)
	}
	// The mean likelihoods of the one item are 0.8 and 0.2.
	if len(scores.Posterior) != 2 || text(t, scores.Posterior[0].Probability) != "0.800000" || !slices.Equal(scores.Unranked, []string{"unknown", "other", "false-flag"}) {
		t.Errorf("posterior %+v, unranked %v", scores.Posterior, scores.Unranked)
	}

	// A partner may change its mind; its earlier rating stays a record.
	s.rate(4, s.rating(4, item, "criminals", "N"))
	c = s.get()
	i := slices.IndexFunc(c.Ratings, func(r attribution.Rated) bool { return r.By == partnerID(4) && r.Hypothesis == "criminals" })
	if len(c.Ratings) != 4 || c.Superseded != 1 || c.Ratings[i].Value != "N" || c.Records != 7 {
		t.Errorf("ratings %+v, %d superseded", c.Ratings, c.Superseded)
	}

	// One more named hypothesis: nothing counts until it is rated, too.
	s.add(s.state.Propose(boss(1), attribution.Proposal{Case: s.id, Party: name(1), Hypothesis: attribution.Hypothesis{ID: "insider", Title: "Somebody who left the unit"}}))
	if scores := s.get().Scores(); len(scores.Ranking) != 0 || !slices.Equal(scores.Rows[0].Missing, []string{"insider"}) {
		t.Errorf("scores after a proposal: %+v", scores)
	}
}

// text is how a score is written.
func text(t *testing.T, n interface{ MarshalText() ([]byte, error) }) string {
	t.Helper()
	b, err := n.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A case goes from open to proposed, published, withdrawn and updated, and says
// beside its current statement what hangs over it.
func TestTheLifeOfAStatement(t *testing.T) {
	s := newStory(t)
	s.begin(nil)
	item := s.file(2, nil)
	digest := s.propose(3, nil, item)
	if c := s.get(); c.Status != attribution.Proposed || c.Current() != nil || len(c.Labels()) != 0 {
		t.Errorf("status %s, labels %v", c.Status, c.Labels())
	}
	s.vote(1, digest, attribution.Dissent)
	s.vote(2, digest, attribution.Endorse)
	if _, err := s.state.Publish(boss(1), s.publication(1, digest)); !errors.Is(err, access.ErrConflict) || !strings.Contains(err.Error(), "1 endorsed, 1 dissented") {
		t.Errorf("published against a dissenting member: %v", err)
	}
	s.vote(1, digest, attribution.Endorse)
	s.publish(digest)
	c := s.get()
	if c.Status != attribution.Published || c.Contested || c.Current().Digest != digest || c.Current().Published != c.Records {
		t.Errorf("after publication: %s, contested %v, current %+v", c.Status, c.Contested, c.Current())
	}
	last := []bool{false, true, true}
	for i, v := range c.Current().Votes {
		if v.Last != last[i] || v.Record != 4+i {
			t.Errorf("vote %d: last %v, record %d", i, v.Last, v.Record)
		}
	}
	labels := func(want ...string) {
		t.Helper()
		if got := s.get().Labels(); !slices.Equal(got, want) {
			t.Errorf("labels %v, want %v", got, want)
		}
	}
	labels()
	s.reply(4, digest)
	labels(attribution.Contested)
	s.vote(2, digest, attribution.Abstain)
	labels(attribution.NoLongerCarried, attribution.Contested)

	// A second finding cannot be; an update names what it follows.
	m := s.motion(3, item)
	if _, _, err := s.state.Statement(analyst(3), m); !errors.Is(err, access.ErrConflict) {
		t.Errorf("a second finding: %v", err)
	}
	// A withdrawal cites what it withdraws did, though the item is gone, and nothing else.
	s.mark(2, item, attribution.ItemWithdrawn)
	elsewhere := s.motion(3, s.file(1, nil))
	elsewhere.Document.Act = attribution.Withdrawal
	if _, _, err := s.state.Statement(analyst(3), elsewhere); !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), "withdrawal repeats") {
		t.Errorf("a withdrawal that cites something else: %v", err)
	}
	withdraw := s.propose(3, func(d *attribution.Document) { d.Act, d.Text = attribution.Withdrawal, "We were wrong." }, item)
	s.vote(1, withdraw, attribution.Endorse)
	s.vote(2, withdraw, attribution.Endorse)
	s.publish(withdraw)
	labels(attribution.RestsOnForgeable, attribution.Contested, attribution.TakenBack) // nothing that is cited stands
	if c := s.get(); c.Status != attribution.Withdrawn || c.Current().Document.Version != 2 || c.Current().Document.Previous != digest.String() {
		t.Errorf("after the withdrawal: %s, %+v", c.Status, c.Current())
	}
	if _, _, err := s.state.Statement(analyst(3), func() attribution.Motion {
		m := s.motion(3, item)
		m.Document.Act = attribution.Withdrawal
		return m
	}()); !errors.Is(err, access.ErrConflict) {
		t.Errorf("a withdrawal of a withdrawal: %v", err)
	}
	other := s.file(1, nil)
	again := s.propose(3, func(d *attribution.Document) { d.Act = attribution.Update }, other)
	s.vote(1, again, attribution.Endorse)
	s.vote(2, again, attribution.Endorse)
	s.publish(again)
	if c := s.get(); c.Status != attribution.Published || c.Current().Document.Version != 3 {
		t.Errorf("after the update: %s, %+v", c.Status, c.Current())
	}
	labels(attribution.Contested) // the denial of the first version stands
	replayed(t, s)
}

// A reply may be signed by whom it is from; then nobody can put words in.
func TestASignedReply(t *testing.T) {
	s := newStory(t)
	_, digest := s.finding()
	r := attribution.Reply{Case: s.id, Party: name(1), Document: attribution.Answer{
		Case: s.id, Statement: digest.String(), From: "The accused", Relation: attribution.Comment, Text: "Show the evidence.",
	}}
	message, err := r.Document.Message()
	if err != nil {
		t.Fatal(err)
	}
	r.Key, r.Signature = s.key(9).Public().String(), s.key(9).Sign(message).Ed25519
	forged := r
	forged.Document.Text = "We admit it."
	if _, err := s.state.Reply(boss(1), forged); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("a reply with other words than were signed: %v", err)
	}
	s.add(s.state.Reply(boss(1), r))
	if c := s.get(); len(c.Replies) != 1 || !c.Replies[0].Signed() || c.Contested {
		t.Errorf("replies %+v, contested %v", c.Replies, c.Contested)
	}
	replayed(t, s)
}

// What a reader holds does not change when the case does.
func TestViewsAreCopies(t *testing.T) {
	s := newStory(t)
	item, digest := s.finding()
	held := s.get()
	s.rate(3, s.rating(3, item, "state", "II"))
	s.vote(1, digest, attribution.Dissent)
	s.mark(2, item, attribution.ItemWithdrawn)
	s.add(s.state.Propose(boss(1), attribution.Proposal{Case: s.id, Party: name(1), Hypothesis: attribution.Hypothesis{ID: "new", Title: "n"}}))
	if held.Ratings[0].Value != "C" || len(held.Hypotheses) != 5 || held.Evidence[0].Status != attribution.ItemFiled ||
		len(held.Statements[0].Votes) != 2 || !held.Statements[0].Votes[0].Last || len(held.History) != 8 {
		t.Errorf("held: %+v", held)
	}
	held.Members[partnerID(1)] = "forged"
	held.Ratings[0].Value = "CC"
	if c := s.get(); c.Members[partnerID(1)] != name(1) || c.Ratings[0].Value != "II" {
		t.Error("a reader can change the case")
	}
	first, second := s.get(), s.get()
	s.rate(3, s.rating(3, item, "state", "N"))
	third := s.get()
	s.rate(3, s.rating(3, item, "state", "I"))
	for i, c := range []attribution.Case{first, second, third, s.get()} {
		if want := []attribution.Value{"II", "II", "N", "I"}[i]; c.Ratings[0].Value != want {
			t.Errorf("view %d has rating %s, want %s", i, c.Ratings[0].Value, want)
		}
	}
}
