package attribution_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

var start = time.Date(2017, 5, 15, 17, 0, 0, 0, time.UTC)

func principal(n int, role access.Role) access.Principal {
	return access.Principal{Partner: partnerID(n), Role: role, Communities: []string{access.DefaultCommunity}}
}

// story keeps a ledger in memory and folds it.
type story struct {
	t     *testing.T
	state *attribution.State
	head  ledger.Head
	log   []ledger.Entry
}

func newStory(t *testing.T) *story { return &story{t: t, state: attribution.NewState()} }

func (s *story) add(d ledger.Draft, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	e, _, err := ledger.Seal(d, s.head, start.Add(time.Duration(s.head.Seq)*time.Minute))
	if err != nil {
		s.t.Fatal(err)
	}
	s.head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
	s.log = append(s.log, e)
	if err := s.state.Apply(e); err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) get(id attribution.CaseID) attribution.Case {
	s.t.Helper()
	c, err := s.state.Get(principal(1, access.Viewer), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func opening() attribution.Opening {
	return attribution.Opening{
		Question: "Who made and released the worm of 12 May 2017?",
		Policy:   attribution.Policy{Quorum: 2, Members: []access.PartnerID{partnerID(1), partnerID(2)}},
		Hypotheses: []attribution.Hypothesis{
			{ID: "state", Title: "A unit of a state", Ref: "intrusion-set--00000000-0000-4000-8000-000000000009"},
			{ID: "criminals", Title: "Criminals for gain"},
		},
	}
}

func evidence(id attribution.CaseID) attribution.Evidence {
	return attribution.Evidence{
		Case: id, Title: "Code shared with a backdoor of February 2015", Kind: attribution.Technical,
		Digest:      "sha256:24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c",
		Reliability: "B", Credibility: 2, Relevance: "M", Forgeability: "H",
		Links: []string{"malware--00000000-0000-4000-8000-000000000008"},
	}
}

// openCase opens a case with one item of evidence.
func (s *story) openCase() (attribution.CaseID, attribution.EvidenceID) {
	s.t.Helper()
	id, d, err := s.state.Open(principal(1, access.Coordinator), opening(), access.Audience{})
	s.add(d, err)
	item, d, err := s.state.File(principal(2, access.Contributor), evidence(id))
	s.add(d, err)
	return id, item
}

func (s *story) rate(n int, ratings ...attribution.Rating) {
	s.t.Helper()
	drafts, err := s.state.Rate(principal(n, access.Analyst), ratings...)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range drafts {
		s.add(d, nil)
	}
}

func TestACase(t *testing.T) {
	s := newStory(t)
	id, item := s.openCase()
	c := s.get(id)
	var have []attribution.HypothesisID
	for _, h := range c.Hypotheses {
		have = append(have, h.ID)
	}
	if diff := cmp.Diff(ids{"state", "criminals", "unknown", "other", "false-flag"}, have); diff != "" {
		t.Errorf("hypotheses (-want +got):\n%s", diff)
	}
	if c.By != partnerID(1) || !c.Opened.Equal(start) || c.Policy.String() != opening().Policy.String() {
		t.Errorf("case %+v", c)
	}
	want := evidence(id)
	want.ID = item
	if diff := cmp.Diff([]attribution.Filed{{Evidence: want, By: partnerID(2), At: start.Add(time.Minute)}}, c.Evidence); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
	if scores, err := s.state.Scores(principal(1, access.Viewer), id); err != nil || len(scores.Ranking) != 0 || len(scores.Rows[0].Missing) != 2 {
		t.Errorf("scores of an unrated case: %+v %v", scores, err)
	}

	rating := attribution.Rating{Case: id, Evidence: item, Hypothesis: "state", Value: "C", Reason: "seen in that cluster only", Likelihood: 0.8}
	against := attribution.Rating{Case: id, Evidence: item, Hypothesis: "criminals", Value: "I", Reason: "no sale of the code is known", Likelihood: 0.2}
	s.rate(3, rating, against)
	against.Value = "II"
	s.rate(4, rating, against)
	scores, err := s.state.Scores(principal(1, access.Viewer), id)
	if err != nil {
		t.Fatal(err)
	}
	// B2 is high credence, relevance medium: the weight is sqrt 2, and the mean
	// of I and II is -1.5.
	if !cmp.Equal(scores.Leaders, ids{"state"}) || scores.Ranking[1].Inconsistency != -2.121320344 {
		t.Errorf("ranking %+v", scores.Ranking)
	}
	if len(scores.Posterior) != 2 || scores.Posterior[0].Probability != 0.8 || !cmp.Equal(scores.Unranked, ids{"unknown", "other", "false-flag"}) {
		t.Errorf("posterior %+v, unranked %v", scores.Posterior, scores.Unranked)
	}

	// A partner may change its mind; its earlier rating stays on the ledger.
	against.Value, against.Reason = "N", "a sale was found"
	s.rate(4, against)
	c = s.get(id)
	if len(c.Ratings) != 4 || c.Superseded != 1 || c.Ratings[3].Value != "N" || c.Ratings[3].By != partnerID(4) {
		t.Errorf("ratings %+v, %d superseded", c.Ratings, c.Superseded)
	}

	// One more named hypothesis: nothing counts until it is rated, too.
	d, err := s.state.Propose(principal(1, access.Coordinator), attribution.Proposal{Case: id, Hypothesis: attribution.Hypothesis{ID: "insider", Title: "Somebody who left the unit"}})
	s.add(d, err)
	if scores, err = s.state.Scores(principal(1, access.Viewer), id); err != nil || len(scores.Ranking) != 0 || !cmp.Equal(scores.Rows[0].Missing, ids{"insider"}) {
		t.Errorf("scores after a proposal: %+v %v", scores, err)
	}

	rebuilt := attribution.NewState()
	for _, e := range s.log {
		if err := rebuilt.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(s.state.List(principal(1, access.Viewer)), rebuilt.List(principal(1, access.Viewer))); diff != "" {
		t.Errorf("rebuilt differs (-live +rebuilt):\n%s", diff)
	}
	for _, e := range s.log {
		if strings.Contains(string(e.Body), "inconsistency") || strings.Contains(string(e.Body), "diagnosticity") {
			t.Errorf("entry %d stores a score: %s", e.Seq, e.Body)
		}
	}
}

// What a reader holds does not change when the case does.
func TestViewsAreCopies(t *testing.T) {
	s := newStory(t)
	id, item := s.openCase()
	rating := attribution.Rating{Case: id, Evidence: item, Hypothesis: "state", Value: "C", Reason: "r"}
	s.rate(3, rating)
	held := s.get(id)
	rating.Value = "II"
	s.rate(3, rating)
	d, err := s.state.Propose(principal(1, access.Coordinator), attribution.Proposal{Case: id, Hypothesis: attribution.Hypothesis{ID: "new", Title: "n"}})
	s.add(d, err)
	if held.Ratings[0].Value != "C" || len(held.Hypotheses) != 5 {
		t.Errorf("held: %+v", held)
	}
	held.Policy.Members[0] = "identity--forged"
	if s.get(id).Policy.Members[0] != partnerID(1) {
		t.Error("a reader can change the policy")
	}
}

// Every refusal names its reason.
func TestRefusals(t *testing.T) {
	s := newStory(t)
	id, item := s.openCase()
	before := s.get(id)
	boss, analyst := principal(1, access.Coordinator), principal(3, access.Analyst)
	open := func(by access.Principal, change func(*attribution.Opening)) error {
		o := opening()
		change(&o)
		_, _, err := s.state.Open(by, o, access.Audience{})
		return err
	}
	file := func(by access.Principal, change func(*attribution.Evidence)) error {
		e := evidence(id)
		change(&e)
		_, _, err := s.state.File(by, e)
		return err
	}
	rate := func(by access.Principal, change func(*attribution.Rating)) error {
		r := attribution.Rating{Case: id, Evidence: item, Hypothesis: "state", Value: "C", Reason: "r"}
		change(&r)
		_, err := s.state.Rate(by, r)
		return err
	}
	propose := func(by access.Principal, h attribution.Hypothesis) error {
		_, err := s.state.Propose(by, attribution.Proposal{Case: id, Hypothesis: h})
		return err
	}
	type (
		o = *attribution.Opening
		e = *attribution.Evidence
		r = *attribution.Rating
	)
	stranger := access.Principal{Partner: partnerID(7), Role: access.Coordinator}
	for name, c := range map[string]struct {
		err  error
		kind error
		says string
	}{
		"analyst opens":          {open(analyst, func(o) {}), access.ErrForbidden, "coordinator"},
		"no partner opens":       {open(access.Principal{Role: access.Administrator}, func(o) {}), access.ErrForbidden, "partner"},
		"no question":            {open(boss, func(x o) { x.Question = "" }), access.ErrInvalid, "question"},
		"no policy":              {open(boss, func(x o) { x.Policy = attribution.Policy{} }), access.ErrInvalid, "policy"},
		"no hypothesis":          {open(boss, func(x o) { x.Hypotheses = nil }), access.ErrInvalid, "hypotheses"},
		"standing hypothesis":    {open(boss, func(x o) { x.Hypotheses[1].ID = "false-flag" }), access.ErrInvalid, "hypotheses/1"},
		"hypothesis twice":       {open(boss, func(x o) { x.Hypotheses[1].ID = "state" }), access.ErrInvalid, "hypotheses/1"},
		"hypothesis's ref":       {open(boss, func(x o) { x.Hypotheses[0].Ref = "the usual ones" }), access.ErrInvalid, "hypotheses/0"},
		"existing case":          {open(boss, func(x o) { x.ID = id }), access.ErrConflict, "exists"},
		"bad case id":            {open(boss, func(x o) { x.ID = "case--1" }), access.ErrInvalid, "UUID"},
		"viewer files":           {file(principal(3, access.Viewer), func(e) {}), access.ErrForbidden, "contributor"},
		"unknown case":           {file(analyst, func(x e) { x.Case = "case--0" }), access.ErrNotFound, "case--0"},
		"unseen case":            {file(stranger, func(e) {}), access.ErrNotFound, string(id)},
		"no digest, no source":   {file(analyst, func(x e) { x.Digest = "" }), access.ErrInvalid, "looked up"},
		"cut digest":             {file(analyst, func(x e) { x.Digest = x.Digest[:70] }), access.ErrInvalid, "digest"},
		"unknown evidence kind":  {file(analyst, func(x e) { x.Kind = "hearsay" }), access.ErrInvalid, "linguistic"},
		"reliability":            {file(analyst, func(x e) { x.Reliability = "G" }), access.ErrInvalid, "reliability"},
		"reliability of two":     {file(analyst, func(x e) { x.Reliability = "AB" }), access.ErrInvalid, "reliability"},
		"credibility":            {file(analyst, func(x e) { x.Credibility = 0 }), access.ErrInvalid, "credibility"},
		"relevance":              {file(analyst, func(x e) { x.Relevance = "high" }), access.ErrInvalid, "relevance"},
		"forgeability":           {file(analyst, func(x e) { x.Forgeability = "" }), access.ErrInvalid, "forgeability"},
		"link":                   {file(analyst, func(x e) { x.Links = append(x.Links, "malware--") }), access.ErrInvalid, "links/1"},
		"no title":               {file(analyst, func(x e) { x.Title = "\t" }), access.ErrInvalid, "title"},
		"evidence exists":        {file(analyst, func(x e) { x.ID = item }), access.ErrConflict, "has it"},
		"contributor rates":      {rate(principal(3, access.Contributor), func(r) {}), access.ErrForbidden, "analyst"},
		"unknown value":          {rate(analyst, func(x r) { x.Value = "c" }), access.ErrInvalid, "CC, C, N, I or II"},
		"no reason":              {rate(analyst, func(x r) { x.Reason = "" }), access.ErrInvalid, "reason"},
		"unknown evidence":       {rate(analyst, func(x r) { x.Evidence = "evidence--0" }), access.ErrNotFound, "evidence--0"},
		"unknown hypothesis":     {rate(analyst, func(x r) { x.Hypothesis = "aliens" }), access.ErrNotFound, "aliens"},
		"likelihood above 1":     {rate(analyst, func(x r) { x.Likelihood = 1.2 }), access.ErrInvalid, "likelihood"},
		"negative likelihood":    {rate(analyst, func(x r) { x.Likelihood = -0.1 }), access.ErrInvalid, "likelihood"},
		"stranger rates":         {rate(stranger, func(r) {}), access.ErrNotFound, string(id)},
		"analyst proposes":       {propose(analyst, attribution.Hypothesis{ID: "x", Title: "X"}), access.ErrForbidden, "coordinator"},
		"proposes standing one":  {propose(boss, attribution.Hypothesis{ID: "other", Title: "X"}), access.ErrInvalid, "already"},
		"proposes existing one":  {propose(boss, attribution.Hypothesis{ID: "state", Title: "X"}), access.ErrConflict, "state"},
		"proposes without title": {propose(boss, attribution.Hypothesis{ID: "x"}), access.ErrInvalid, "title"},
		"proposes a bad id":      {propose(boss, attribution.Hypothesis{ID: "X y", Title: "X"}), access.ErrInvalid, "a-z"},
	} {
		if !errors.Is(c.err, c.kind) || !strings.Contains(fmt.Sprint(c.err), c.says) {
			t.Errorf("%s: %v; want a %v that says %q", name, c.err, c.kind, c.says)
		}
	}
	if diff := cmp.Diff(before, s.get(id)); diff != "" {
		t.Errorf("a refusal changed the case:\n%s", diff)
	}
}

// A case goes to whom its audience names, and so does every entry of it.
func TestRelease(t *testing.T) {
	s := newStory(t)
	red := access.Audience{TLP: access.Red, Community: access.DefaultCommunity, Recipients: []access.PartnerID{partnerID(2)}}
	id, d, err := s.state.Open(principal(1, access.Coordinator), opening(), red)
	s.add(d, err)
	_, d, err = s.state.File(principal(2, access.Contributor), evidence(id))
	s.add(d, err)
	for _, e := range s.log {
		if e.Audience != red.String() {
			t.Errorf("entry %d goes to %q, want %q", e.Seq, e.Audience, red)
		}
	}
	if len(s.state.List(principal(2, access.Viewer))) != 1 {
		t.Error("a recipient does not see the case")
	}
	third := principal(3, access.Administrator)
	if len(s.state.List(third)) != 0 {
		t.Error("the case is listed for somebody who is no recipient")
	}
	if _, err := s.state.Get(third, id); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("get: %v", err)
	}
	if _, err := s.state.Scores(third, id); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("scores: %v", err)
	}
	_, d, err = s.state.Open(principal(1, access.Coordinator), opening(), access.Audience{})
	if err != nil || d.Audience != access.ToCommunity(access.AmberStrict).String() {
		t.Errorf("without an audience: %q, %v", d.Audience, err)
	}
}

func TestApplyBadEntries(t *testing.T) {
	s := newStory(t)
	id, item := s.openCase()
	before := s.get(id)
	for name, d := range map[string]ledger.Draft{
		"no JSON":            {Kind: attribution.KindOpened, Body: []byte("[")},
		"duplicate key":      {Kind: attribution.KindRating, Body: fmt.Appendf(nil, `{"case":%q,"case":%q}`, id, id)},
		"bad policy":         {Kind: attribution.KindOpened, Body: []byte(`{"id":"case--00000000-0000-4000-8000-000000000001","question":"q","policy":"0 of []","hypotheses":[{"id":"a","title":"a"}]}`)},
		"no case":            {Kind: attribution.KindEvidence, Body: []byte(`{"case":"case--9"}`)},
		"empty evidence":     {Kind: attribution.KindEvidence, Body: fmt.Appendf(nil, `{"case":%q}`, id)},
		"unknown hypothesis": {Kind: attribution.KindRating, Body: fmt.Appendf(nil, `{"case":%q,"evidence":%q,"hypothesis":"x","value":"C","reason":"r"}`, id, item)},
		"standing again":     {Kind: attribution.KindHypothesis, Body: fmt.Appendf(nil, `{"case":%q,"id":"other","title":"t"}`, id)},
	} {
		e, _, err := ledger.Seal(d, s.head, start.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.state.Apply(e); err == nil || !strings.Contains(err.Error(), "entry 3") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	// The first with an id stands.
	for _, e := range s.log {
		e.Actor = "identity--late"
		if err := s.state.Apply(e); err != nil {
			t.Errorf("again: %v", err)
		}
	}
	if diff := cmp.Diff(before, s.get(id)); diff != "" {
		t.Errorf("a bad entry changed the case:\n%s", diff)
	}
}
