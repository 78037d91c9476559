package dossier_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/dossier"
	"github.com/tocsin-project/tocsin/internal/dossier/dossiertest"
)

// Who dissented from an earlier version and is silent on the next one is not
// forgotten by it.
func TestSummaryKeepsEarlierDissent(t *testing.T) {
	c := dossiertest.NewCase(t)
	item := c.Evidence("Shared code", c.Partners[0], nil)
	members := dossiertest.Body{}
	for version, votes := range [][]string{
		{"endorse", "endorse", "dissent", "endorse", "endorse", "abstain"}, // the third dissents
		{"endorse", "endorse", "", "endorse", "endorse", "dissent"},        // the third says nothing more
		{"endorse", "endorse", "endorse", "endorse", "endorse", "endorse"},
	} {
		if version > 0 {
			members = dossiertest.Body{"act": "update", "version": version + 1, "previous": c.Statement, "text": "We have looked again."}
		}
		c.Propose(c.Partners[0], []string{item}, members)
		for i, vote := range votes {
			if vote != "" {
				c.Vote(c.Partners[i], vote, "Word of "+c.Partners[i].Name)
			}
		}
		c.Publish(c.Partners[0])
	}
	c.Flush()
	report := dossier.Verify(publish(t, c), dossier.Options{Trust: []byte(c.Keys())})
	if report.Verdict != dossier.Verified {
		t.Fatalf("%+v", report.Checks)
	}
	got := report.Summary
	if got.Version != 3 || len(got.Dissented) != 0 {
		t.Fatalf("%+v", got)
	}
	voice := func(i int) dossier.Voice {
		return dossier.Voice{Name: c.Partners[i].Name, Words: "Word of " + c.Partners[i].Name, Confidence: "moderate"}
	}
	want := []dossier.Version{
		{Version: 1, Act: "finding", Published: c.Records[9].Record.At.Time, Tally: attribution.Tally{Endorse: 4, Dissent: 1, Abstain: 1}, Dissented: []dossier.Voice{voice(2)}},
		{Version: 2, Act: "update", Published: c.Records[16].Record.At.Time, Tally: attribution.Tally{Endorse: 4, Dissent: 1}, Dissented: []dossier.Voice{voice(5)}},
	}
	if diff := cmp.Diff(want, got.Earlier); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
