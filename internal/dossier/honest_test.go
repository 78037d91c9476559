package dossier_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/dossier"
	"github.com/tocsin-project/tocsin/internal/dossier/dossiertest"
)

// TestHonest is a dossier that holds, under what different readers trust. Its
// fifth voter has rotated its key: the readers know the one before.
func TestHonest(t *testing.T) {
	c := dossiertest.Small(t)
	data := publish(t, c)
	noQuorum := strings.Replace(c.Keys(), "quorum all-of-them", "quorum none", 1)
	oneWitness := strings.Replace(c.Keys(), "quorum all-of-them", "quorum w2", 1)
	for name, trust := range map[string]string{
		"keys": c.Keys(), "fingerprints": dossiertest.Fingerprints(c.Keys()), "no witness": noQuorum, "one witness": oneWitness,
	} {
		r := verify(t, data, trust)
		if r.Verdict != dossier.Verified {
			t.Errorf("with %s: %s", name, table(r))
		}
	}
	if r := dossier.Verify(data, dossier.Options{}); r.Verdict != dossier.SelfConsistent {
		t.Errorf("without a trust file: %s", table(r))
	}
	for name, trust := range map[string]string{"an empty": "", "a wrong": "log\n", "one without voters": strings.Split(c.Keys(), "voter ")[0]} {
		if r := verify(t, data, trust); r.Verdict != dossier.Rejected {
			t.Errorf("with %s trust file: %s", name, table(r))
		}
	}
}

// TestSummary is what a reader is told that a dossier says.
func TestSummary(t *testing.T) {
	c := dossiertest.Small(t)
	got := dossier.Verify(publish(t, c), dossier.Options{Trust: []byte(c.Keys())}).Summary
	voice := func(name, words string) dossier.Voice {
		return dossier.Voice{Name: name, Words: words, Confidence: "moderate"}
	}
	want := dossier.Summary{
		Question: "Who wrote the worm of May 2017?", Act: "finding", Version: 1, Published: got.Published, Seen: got.Seen,
		Rule:    "all of [reviewers: 2/3 of [Partner A, Partner B, Partner C], victims: 2 of [Partner D, Partner E, Partner F, Partner G]]",
		Finding: "The Lazarus cluster", Text: "We find that the Lazarus cluster wrote the worm.", Likelihood: "very-likely", Confidence: "moderate",
		Endorsed: []dossier.Voice{
			voice("Partner A", "In our own words: endorse. – “A”"), voice("Partner B", "In our own words: endorse. – “B”"),
			voice("Partner D", "In our own words: endorse. – “D”"), voice("Partner E", "In our own words: endorse. – “E”"),
		},
		Dissented: []dossier.Voice{voice("Partner C", "In our own words: dissent. – “C”")},
		Abstained: []dossier.Voice{voice("Partner F", "In our own words: abstain. – “F”")},
		Silent:    []string{"Partner G"},
		Replies: []dossier.Answer{
			{From: "Ministry of a state", Relation: "denial", Text: "Without any forensic evidence.", Source: "https://ministry.example/statement", Version: 1},
			{From: "Ministry of a state", Relation: "comment", Text: "We have signed this one.", Signed: true, Version: 1},
		},
		Labels: []string{"contested"},
	}
	if diff := cmp.Diff(want, got); diff != "" || got.Published.IsZero() || got.Seen.Before(got.Published) {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}

// TestWhole says that statement, dissent and reply are in every part that is
// meant to be read.
func TestWhole(t *testing.T) {
	c := dossiertest.Small(t)
	files := unpack(t, publish(t, c))
	for _, name := range []string{"index.html", "stix.json", "records.jsonl"} {
		for _, text := range []string{"We find that the Lazarus cluster wrote the worm.", "In our own words: dissent.", "Without any forensic evidence.", "We have signed this one."} {
			if !strings.Contains(string(files[name]), text) {
				t.Errorf("%s does not hold %q", name, text)
			}
		}
	}
}

// TestLogKeyRotated has the log exchange its key while the case is open.
func TestLogKeyRotated(t *testing.T) {
	c := dossiertest.Small(t)
	before := c.Keys()
	c.World.AddLogKey()
	both := publish(t, c)
	c.World.RevokeLogKey()
	after := publish(t, c)
	newOnly := strings.Join(strings.SplitAfter(c.Keys(), "\n")[1:], "")
	for name, r := range map[string]struct {
		data  []byte
		trust string
		want  string
	}{
		"signed with both, the old one trusted":        {both, before, ""},
		"signed with both, both trusted":               {both, c.Keys(), ""},
		"signed with the new one, both trusted":        {after, c.Keys(), ""},
		"signed with the new one, the old one trusted": {after, before, "checkpoint"},
		// Of what it signed before the new key was there, only the old one can speak.
		"signed with the new one, it alone trusted": {after, newOnly, "history"},
	} {
		got := verify(t, r.data, r.trust)
		if diff := cmp.Diff(r.want, strings.Join(failed(got), " ")); diff != "" {
			t.Errorf("%s: failed (-want +got):\n%s%s", name, diff, table(got))
		}
	}
}

// TestNothingPublished is a case that is no dossier yet.
func TestNothingPublished(t *testing.T) {
	c := dossiertest.NewCase(t)
	item := c.Evidence("Shared code", c.Partners[0], nil)
	c.Propose(c.Partners[0], []string{item}, nil)
	c.Flush()
	if _, err := dossier.Compose(input(t, c)); err == nil || !strings.Contains(err.Error(), "no statement is published") {
		t.Errorf("Compose: %v", err)
	}
}
