package attribution_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// One partner cannot fill a case so that others are kept out, nor so that it
// could not vote itself any more.
func TestOnePartnerCannotFillACase(t *testing.T) {
	s := newStory(t)
	s.begin(nil)
	item := s.file(2, nil)
	drafts, err := s.state.Rate(analyst(3), s.rating(3, item, "state", "C"))
	if err != nil {
		t.Fatal(err)
	}
	taken := 0
	for range 18_001 {
		if s.append(drafts[0]) {
			taken++
		}
	}
	if taken != 18_000 {
		t.Errorf("%d ratings of one partner were taken, want 18000", taken)
	}
	if _, err := s.state.Rate(analyst(3), s.rating(3, item, "state", "C")); !errors.Is(err, access.ErrConflict) || !strings.Contains(err.Error(), "20000 records") {
		t.Errorf("one rating more: %v", err)
	}
	s.rate(4, s.rating(4, item, "state", "C"))
	digest := s.propose(3, nil, item)
	for i := range 100 {
		s.vote(3, digest, attribution.Endorse, fmt.Sprintf("Word %d.", i))
	}
	if _, err := s.state.Vote(analyst(3), s.ballot(3, digest, attribution.Dissent), anyKey); !errors.Is(err, access.ErrConflict) {
		t.Errorf("the 101st vote on one statement: %v", err)
	}
	if n := len(s.get().Ratings); n != 2 {
		t.Errorf("%d ratings in force, want 2", n)
	}
	too := make([]attribution.Rating, 18_001)
	for i := range too {
		too[i] = s.rating(5, item, "state", "C")
	}
	if _, err := s.state.Rate(analyst(5), too...); !errors.Is(err, access.ErrConflict) {
		t.Errorf("more at once than there is room for: %v", err)
	}
}

// Texts and lists have limits, which errors name.
func TestTextsAreBounded(t *testing.T) {
	s := newStory(t)
	item, digest := s.finding()
	long := strings.Repeat("x", 8193)
	m := s.motion(3, item)
	m.Document.Act, m.Document.Text = attribution.Update, long
	_, _, statement := s.state.Statement(analyst(3), m)
	v := s.ballot(3, digest, attribution.Endorse)
	v.Document.Words = long
	_, vote := s.state.Vote(analyst(3), v, anyKey)
	r := s.rating(3, item, "state", "C")
	r.Reason = long
	_, rating := s.state.Rate(analyst(3), r)
	e := s.evidence()
	e.Party, e.Title = name(3), strings.Repeat("x", 301)
	_, _, evidence := s.state.File(analyst(3), e)
	o := opening(t)
	o.Hypotheses = make([]attribution.Hypothesis, 101)
	_, _, hypotheses := s.state.Open(boss(1), o, access.Audience{})
	_, policy := attribution.ParsePolicy("all of [" + strings.Repeat(string(partnerID(1))+", ", 2000))
	for what, c := range map[string]struct {
		err  error
		says string
	}{
		"statement": {statement, "8192"}, "vote": {vote, "8192"}, "rating": {rating, "8192"}, "evidence": {evidence, "300"},
		"hypotheses": {hypotheses, "1 to 100"}, "policy": {policy, "65536"},
	} {
		if !errors.Is(c.err, access.ErrInvalid) || !strings.Contains(c.err.Error(), c.says) {
			t.Errorf("%s: %v; want it to say %s", what, c.err, c.says)
		}
	}
}

// One hundred named hypotheses are the most, whether opened with or added, and
// of one partner twenty of those.
func TestHypothesesAreBounded(t *testing.T) {
	s := newStory(t)
	s.begin(func(o *attribution.Opening) {
		for i := range 60 {
			o.Hypotheses = append(o.Hypotheses, attribution.Hypothesis{ID: attribution.HypothesisID(fmt.Sprintf("first-%d", i)), Title: "t"})
		}
	})
	propose := func(n, i int) error {
		id := attribution.HypothesisID("h" + strings.Repeat("x", i%60) + string(rune('a'+i/60)))
		d, err := s.state.Propose(boss(n), attribution.Proposal{Case: s.id, Party: name(n), Hypothesis: attribution.Hypothesis{ID: id, Title: "t"}})
		if err == nil {
			s.add(d, nil)
		}
		return err
	}
	for i := range 38 {
		if err := propose(1+i/20, i); err != nil {
			t.Fatal(err)
		}
		if i != 20 {
			continue
		}
		if err := propose(1, i+1); !errors.Is(err, access.ErrConflict) || !strings.Contains(err.Error(), "of one partner") {
			t.Errorf("the 21st hypothesis of one partner: %v", err)
		}
	}
	if err := propose(2, 38); !errors.Is(err, access.ErrConflict) || !strings.Contains(err.Error(), "100 hypotheses") {
		t.Errorf("the 101st hypothesis: %v", err)
	}
}
