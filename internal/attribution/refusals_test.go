package attribution_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/signature"
)

// Every refusal names its reason, and who may not see a case is told that there is none.
func TestRefusals(t *testing.T) {
	s := newStory(t)
	item, digest := s.finding()
	before := s.get()
	viewer, contributor := principal(3, access.Viewer), principal(3, access.Contributor)
	stranger := access.Principal{Partner: partnerID(7), Role: access.Coordinator}
	open := func(by access.Principal, change func(*attribution.Opening)) error {
		o := opening(t)
		change(&o)
		_, _, err := s.state.Open(by, o, access.Audience{})
		return err
	}
	file := func(by access.Principal, change func(*attribution.Evidence)) error {
		e := s.evidence()
		e.Party = name(3)
		change(&e)
		_, _, err := s.state.File(by, e)
		return err
	}
	rate := func(by access.Principal, change func(*attribution.Rating)) error {
		r := s.rating(3, item, "state", "C")
		change(&r)
		_, err := s.state.Rate(by, r)
		return err
	}
	propose := func(by access.Principal, h attribution.Hypothesis) error {
		_, err := s.state.Propose(by, attribution.Proposal{Case: s.id, Party: name(3), Hypothesis: h})
		return err
	}
	mark := func(by access.Principal, change func(*attribution.Mark)) error {
		m := attribution.Mark{Case: s.id, Party: name(3), Evidence: item, Status: attribution.ItemContested, Reason: "r"}
		change(&m)
		_, err := s.state.Mark(by, m)
		return err
	}
	commit := func(by access.Principal, round int, seal string) error {
		_, err := s.state.Commit(by, attribution.Commitment{Case: s.id, Party: name(3), Round: round, Seal: seal})
		return err
	}
	state := func(by access.Principal, change func(*attribution.Document)) error {
		m := s.motion(3, item)
		m.Document.Act = attribution.Update
		change(&m.Document)
		_, _, err := s.state.Statement(by, m)
		return err
	}
	vote := func(by access.Principal, change func(*attribution.Vote), may func(access.PartnerID, string) bool) error {
		v := s.ballot(3, digest, attribution.Endorse)
		change(&v)
		_, err := s.state.Vote(by, v, may)
		return err
	}
	reply := func(by access.Principal, change func(*attribution.Reply)) error {
		r := attribution.Reply{Case: s.id, Party: name(3), Source: "press", Document: attribution.Answer{
			Case: s.id, Statement: digest.String(), From: "The accused", Relation: attribution.Denial, Text: "No."}}
		change(&r)
		_, err := s.state.Reply(by, r)
		return err
	}
	closing := func(by access.Principal) error {
		_, err := s.state.CloseRound(by, attribution.Closing{Case: s.id, Party: name(3), Round: 1})
		return err
	}
	publish := func(by access.Principal) error {
		_, err := s.state.Publish(by, s.publication(3, digest))
		return err
	}
	unseal := func(by access.Principal) error {
		_, err := s.state.Unseal(by, attribution.Unsealing{Case: s.id, Party: name(3), Evidence: item, Digest: digestOf("x")})
		return err
	}
	type (
		o = *attribution.Opening
		e = *attribution.Evidence
		r = *attribution.Rating
		m = *attribution.Mark
		d = *attribution.Document
		v = *attribution.Vote
		a = *attribution.Reply
	)
	invalid, conflict, missing, forbidden := access.ErrInvalid, access.ErrConflict, access.ErrNotFound, access.ErrForbidden
	sealed := digestOf("x")
	for name, c := range map[string]struct {
		err  error
		kind error
		says string
	}{
		"analyst opens":            {open(analyst(3), func(o) {}), forbidden, "coordinator"},
		"no partner opens":         {open(access.Principal{Role: access.Administrator}, func(o) {}), forbidden, "partner"},
		"no question":              {open(boss(1), func(x o) { x.Question = "" }), invalid, "question"},
		"no policy":                {open(boss(1), func(x o) { x.Policy = attribution.Policy{} }), invalid, "policy"},
		"no names":                 {open(boss(1), func(x o) { delete(x.Members, partnerID(2)) }), invalid, "members"},
		"a name too many":          {open(boss(1), func(x o) { x.Members[partnerID(3)] = "C" }), invalid, "members"},
		"no party":                 {open(boss(3), func(x o) { x.Party = "" }), invalid, "party"},
		"no hypothesis":            {open(boss(1), func(x o) { x.Hypotheses = nil }), invalid, "hypotheses"},
		"standing hypothesis":      {open(boss(1), func(x o) { x.Hypotheses[1].ID = "false-flag" }), invalid, "hypotheses/1"},
		"hypothesis twice":         {open(boss(1), func(x o) { x.Hypotheses[1].ID = "state" }), invalid, "hypotheses/1"},
		"hypothesis's ref":         {open(boss(1), func(x o) { x.Hypotheses[0].Ref = "the usual ones" }), invalid, "hypotheses/0"},
		"existing case":            {open(boss(1), func(x o) { x.ID = s.id }), conflict, "exists"},
		"bad case id":              {open(boss(1), func(x o) { x.ID = "case--1" }), invalid, "UUID"},
		"viewer files":             {file(viewer, func(e) {}), forbidden, "contributor"},
		"unknown case":             {file(contributor, func(x e) { x.Case = "case--0" }), missing, "case--0"},
		"unseen case":              {file(stranger, func(e) {}), missing, string(s.id)},
		"no digest, no source":     {file(contributor, func(x e) { x.Digest = "" }), invalid, "looked up"},
		"cut digest":               {file(contributor, func(x e) { x.Digest = x.Digest[:70] }), invalid, "digest"},
		"upper-case digest":        {file(contributor, func(x e) { x.Digest = "sha256:" + strings.ToUpper(x.Digest[7:]) }), invalid, "lower-case"},
		"bad seal":                 {file(contributor, func(x e) { x.Seal = "secret" }), invalid, "seal"},
		"unknown evidence kind":    {file(contributor, func(x e) { x.Kind = "hearsay" }), invalid, "linguistic"},
		"reliability":              {file(contributor, func(x e) { x.Reliability = "G" }), invalid, "reliability"},
		"reliability of two":       {file(contributor, func(x e) { x.Reliability = "AB" }), invalid, "reliability"},
		"credibility":              {file(contributor, func(x e) { x.Credibility = 0 }), invalid, "credibility"},
		"relevance":                {file(contributor, func(x e) { x.Relevance = "high" }), invalid, "relevance"},
		"forgeability":             {file(contributor, func(x e) { x.Forgeability = "" }), invalid, "forgeability"},
		"link":                     {file(contributor, func(x e) { x.Links = append(x.Links, "malware--") }), invalid, "links/1"},
		"no title":                 {file(contributor, func(x e) { x.Title = "\t" }), invalid, "title"},
		"not UTF-8":                {file(contributor, func(x e) { x.Title = "\xff" }), invalid, "UTF-8"},
		"custody without a note":   {file(contributor, func(x e) { x.Custody = []attribution.Handover{{At: "2017", By: "b"}} }), invalid, "custody/0"},
		"method without a tool":    {file(contributor, func(x e) { x.Method = &attribution.Method{Version: "1"} }), invalid, "method/tool"},
		"method's input":           {file(contributor, func(x e) { x.Method = &attribution.Method{Tool: "t", Version: "1", Inputs: []string{"x"}} }), invalid, "method/inputs/0"},
		"evidence exists":          {file(contributor, func(x e) { x.ID = item }), conflict, "has it"},
		"replaces another's":       {file(contributor, func(x e) { x.Replaces = item }), forbidden, "another partner"},
		"replaces nothing":         {file(contributor, func(x e) { x.Replaces = "evidence--9" }), missing, "evidence--9"},
		"contributor rates":        {rate(contributor, func(r) {}), forbidden, "analyst"},
		"unknown value":            {rate(analyst(3), func(x r) { x.Value = "c" }), invalid, "CC, C, N, I or II"},
		"no reason":                {rate(analyst(3), func(x r) { x.Reason = "" }), invalid, "reason"},
		"unknown evidence":         {rate(analyst(3), func(x r) { x.Evidence = "evidence--0" }), missing, "evidence--0"},
		"unknown hypothesis":       {rate(analyst(3), func(x r) { x.Hypothesis = "aliens" }), missing, "aliens"},
		"likelihood above 1":       {rate(analyst(3), func(x r) { x.Likelihood = 1.2 }), invalid, "likelihood"},
		"negative likelihood":      {rate(analyst(3), func(x r) { x.Likelihood = -0.1 }), invalid, "likelihood"},
		"stranger rates":           {rate(stranger, func(r) {}), missing, string(s.id)},
		"rates without a name":     {rate(analyst(3), func(x r) { x.Party = "" }), invalid, "party"},
		"analyst proposes":         {propose(analyst(3), attribution.Hypothesis{ID: "x", Title: "X"}), forbidden, "coordinator"},
		"proposes standing one":    {propose(boss(1), attribution.Hypothesis{ID: "other", Title: "X"}), invalid, "already"},
		"proposes existing one":    {propose(boss(1), attribution.Hypothesis{ID: "state", Title: "X"}), conflict, "state"},
		"proposes without title":   {propose(boss(1), attribution.Hypothesis{ID: "x"}), invalid, "title"},
		"proposes a bad id":        {propose(boss(1), attribution.Hypothesis{ID: "X y", Title: "X"}), invalid, "a-z"},
		"contributor contests":     {mark(contributor, func(m) {}), forbidden, "analyst"},
		"withdraws another's":      {mark(boss(3), func(x m) { x.Status = attribution.ItemWithdrawn }), forbidden, "contested"},
		"marks without a reason":   {mark(boss(3), func(x m) { x.Reason = "" }), invalid, "reason"},
		"marks as updated":         {mark(boss(3), func(x m) { x.Status = attribution.ItemUpdated }), invalid, "withdrawn or contested"},
		"stranger marks":           {mark(stranger, func(m) {}), missing, string(s.id)},
		"contributor commits":      {commit(contributor, 1, sealed), forbidden, "analyst"},
		"commits to another round": {commit(analyst(3), 2, sealed), conflict, "the open one is 1"},
		"commits to no seal":       {commit(analyst(3), 1, "x"), invalid, "seal"},
		"stranger commits":         {commit(stranger, 1, sealed), missing, string(s.id)},
		"analyst closes":           {closing(analyst(3)), forbidden, "coordinator"},
		"contributor states":       {state(contributor, func(d) {}), forbidden, "analyst"},
		"stranger states":          {state(stranger, func(d) {}), missing, string(s.id)},
		"states another question":  {state(analyst(3), func(x d) { x.Question = "Who else?" }), invalid, "question"},
		"states another policy":    {state(analyst(3), func(x d) { x.Policy = "1 of [" + string(partnerID(1)) + "]" }), invalid, "policy"},
		"states another version":   {state(analyst(3), func(x d) { x.Version = 3 }), conflict, "version 3"},
		"states another previous":  {state(analyst(3), func(x d) { x.Previous = attribution.NoRecord }), conflict, "the last published one"},
		"states an unknown act":    {state(analyst(3), func(x d) { x.Act = "guess" }), invalid, "act"},
		"states in other words":    {state(analyst(3), func(x d) { x.Likelihood = "probably" }), invalid, "very-likely"},
		"states without grounds":   {state(analyst(3), func(x d) { x.Cites = nil }), invalid, "cites"},
		"cites twice":              {state(analyst(3), func(x d) { x.Cites = append(x.Cites, item) }), invalid, "twice"},
		"finds nobody known":       {state(analyst(3), func(x d) { x.Finding = "aliens" }), missing, "aliens"},
		"a blank gap":              {state(analyst(3), func(x d) { x.Gaps = []string{" "} }), invalid, "gaps/0"},
		"withdraws something else": {state(analyst(3), func(x d) { x.Act, x.Finding = attribution.Withdrawal, "criminals" }), invalid, "withdrawal repeats"},
		"contributor votes":        {vote(contributor, func(v) {}, anyKey), forbidden, "analyst"},
		"stranger votes":           {vote(stranger, func(v) {}, anyKey), missing, string(s.id)},
		"votes for another":        {vote(analyst(4), func(v) {}, anyKey), forbidden, "casts the vote"},
		"votes in no words":        {vote(analyst(3), func(x v) { x.Document.Words = "" }, anyKey), invalid, "words"},
		"votes maybe":              {vote(analyst(3), func(x v) { x.Document.Vote = "maybe" }, anyKey), invalid, "abstain"},
		"votes with no key":        {vote(analyst(3), func(x v) { x.Key = "" }, anyKey), invalid, "key"},
		"votes with another's key": {vote(analyst(3), func(x v) { x.Key = s.key(4).Public().String() }, anyKey), invalid, "not signed by"},
		"votes unsigned":           {vote(analyst(3), func(x v) { x.Signature = signature.Signature{} }, anyKey), invalid, "not signed by"},
		"votes by a strange key":   {vote(analyst(3), func(v) {}, func(access.PartnerID, string) bool { return false }), forbidden, "register"},
		"analyst publishes":        {publish(analyst(1)), forbidden, "coordinator"},
		"publishes again":          {publish(boss(1)), conflict, "published"},
		"stranger publishes":       {publish(stranger), missing, string(s.id)},
		"analyst replies":          {reply(analyst(3), func(a) {}), forbidden, "coordinator"},
		"replies without a source": {reply(boss(3), func(x a) { x.Source = "" }), invalid, "source"},
		"replies to nothing":       {reply(boss(3), func(x a) { x.Document.Statement = attribution.NoRecord }), missing, "exact text"},
		"replies with half a key":  {reply(boss(3), func(x a) { x.Key = s.key(3).Public().String() }), invalid, "not signed by"},
		"replies, unknown stand":   {reply(boss(3), func(x a) { x.Document.Relation = "insult" }), invalid, "relation"},
		"opens what is no seal":    {unseal(boss(3)), invalid, "no seal"},
	} {
		if !errors.Is(c.err, c.kind) || !strings.Contains(fmt.Sprint(c.err), c.says) {
			t.Errorf("%s: %v; want a %v that says %q", name, c.err, c.kind, c.says)
		}
	}
	if diff := cmp.Diff(before, s.get()); diff != "" {
		t.Errorf("a refusal changed the case:\n%s", diff)
	}
}

// Who neither opened the case nor is named by its policy does not publish, even
// when the votes are there.
func TestOnlyThoseConcernedPublish(t *testing.T) {
	s := newStory(t)
	s.begin(nil)
	digest := s.propose(3, nil, s.file(2, nil))
	s.vote(1, digest, attribution.Endorse)
	s.vote(2, digest, attribution.Endorse)
	if _, err := s.state.Publish(boss(3), s.publication(3, digest)); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("published by a bystander: %v", err)
	}
	s.add(s.state.Publish(boss(2), s.publication(2, digest)))
}

// A case goes to whom its audience names, and so does every record of it.
func TestRelease(t *testing.T) {
	s := newStory(t)
	red := access.Audience{TLP: access.Red, Community: access.DefaultCommunity, Recipients: []access.PartnerID{partnerID(2)}}
	id, d, err := s.state.Open(boss(1), opening(t), red)
	s.add(d, err)
	s.id = id
	item := s.file(2, nil)
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
	_, get := s.state.Get(third, id)
	_, records := s.state.Records(third, id)
	_, sealed := s.state.Sealed(third, id, item)
	for what, err := range map[string]error{"get": get, "records": records, "sealed": sealed} {
		if !errors.Is(err, access.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, d, err = s.state.Open(boss(1), opening(t), access.Audience{})
	if err != nil || d.Audience != access.ToCommunity(access.AmberStrict).String() {
		t.Errorf("without an audience: %q, %v", d.Audience, err)
	}
}
