package web_test

import (
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// A case says how it is marked wherever a line names it: in the palette, in what
// happened to its outbreak and among that one's cases.
func TestCaseLinesShowTheirMarking(t *testing.T) {
	r := newRoom(t)
	member := access.Principal{Partner: r.opener.ID, Role: access.Coordinator, Communities: []string{access.DefaultCommunity}, Person: "person--1"}
	o := attribution.Opening{Question: "Who let the worm out?", Party: "Opener", Outbreak: r.outbreak, Members: map[access.PartnerID]string{r.opener.ID: "Opener", r.helper.ID: "Helper"},
		Hypotheses: []attribution.Hypothesis{{ID: "h1", Title: "Somebody"}}}
	var err error
	if o.Policy, err = attribution.ParsePolicy("all of [" + string(r.opener.ID) + ", " + string(r.helper.ID) + "]"); err != nil {
		t.Fatal(err)
	}
	_, draft, err := r.views.Cases.Open(member, o, access.ToCommunity(access.AmberStrict))
	if err != nil {
		t.Fatal(err)
	}
	r.append(draft)
	page := r.page("/outbreaks/"+r.outbreak+"?kind=case", r.people["helper"]...)
	for _, list := range []string{cut(t, page, `<ol class="story">`, "</ol>"), cut(t, page, `<div id="cases">`, "</section>"), r.page("/palette?q=worm", r.people["helper"]...)} {
		says(t, cut(t, list, "Who let the worm out?", "</li>"), "TLP:AMBER")
	}
}
