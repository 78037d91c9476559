package report_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/report"
)

// The model is left out unless it is asked for, takes its delays from the incident,
// and says that it is a model.
func TestTheModelSaysWhatItIs(t *testing.T) {
	s, id, moments := told(t)
	if r := s.build(reader(0), id, moments[2]); r.Model != nil {
		t.Error("a model that nobody asked for")
	}
	r, err := report.Build(t.Context(), s.ledger, reader(0), id, moments[2], report.Options{Seeds: 1})
	if err != nil {
		t.Fatal(err)
	}
	m := r.Model
	if m == nil || m.Seeds != 1 || len(m.Measured) != 2 || len(m.Variants) < 3 || len(m.Assumed) < 3 {
		t.Fatalf("the model: %+v", m)
	}
	if !strings.Contains(m.Measured[0], "median 30s") || !strings.Contains(m.Assumed[0], "kill switch") {
		t.Errorf("measured %q, assumed %q", m.Measured, m.Assumed)
	}
	page, err := r.HTML()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "This is a simulation and no finding.") {
		t.Error("the page does not say that it is a model")
	}
}

// Who contributed an indicator of it first is told until the contribution is
// withdrawn, and then not even as of before.
func TestWhatWasWithdrawnIsNotShown(t *testing.T) {
	s := newStory(t)
	green := access.ToCommunity(access.Green)
	s.add(contribution.KindAccepted, string(partner(4)), green, contribution.Part{ID: "contribution--1", Source: "stix", Objects: object(t, "["+"domain-name:value = '"+strings.ToUpper(killSwitch)+"']")})
	head, err := s.ledger.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.after(10*time.Minute).sees(0, 5, access.Green)
	s.after(2*time.Minute).sees(2, 9, access.Green)
	id, before := s.incident(), s.now
	r := s.build(reader(0), id, before)
	if k := r.Known[0]; k.Contributed == nil || k.Contributed.Who.Name != "Partner 5" || !k.Contributed.At.Equal(morning) {
		t.Fatalf("who contributed it: %+v", k)
	}
	s.after(time.Minute).add(contribution.KindTightened, string(partner(4)), access.Audience{TLP: access.Red}, contribution.Tightening{
		Contribution: "contribution--1", Owner: string(partner(4)), Entries: []ledger.Seq{head.Seq}, Before: []string{green.String()}, Audience: "",
	})
	if k := s.build(reader(0), id, before).Known[0]; k.Contributed != nil {
		t.Errorf("what was withdrawn is shown: %+v", k.Contributed)
	}
}

// Whoever goes away has the ledger read no further.
func TestBuildEndsWithItsContext(t *testing.T) {
	s, id, moments := told(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := report.Build(ctx, s.ledger, reader(0), id, moments[2], report.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a report for nobody: %v", err)
	}
}

// A ledger with nothing in it has no incident.
func TestAnEmptyLedger(t *testing.T) {
	s := newStory(t)
	if _, err := report.Build(t.Context(), s.ledger, reader(0), "outbreak--x", time.Time{}, report.Options{}); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("an incident of nothing: %v", err)
	}
}

func object(t *testing.T, pattern string) []jsontext.Value {
	t.Helper()
	text, err := json.Marshal(map[string]any{
		"type": "indicator", "spec_version": "2.1", "id": "indicator--55555555-5555-4555-8555-555555555555", "created": morning, "modified": morning,
		"pattern": pattern, "pattern_type": "stix", "valid_from": morning,
	})
	if err != nil {
		t.Fatal(err)
	}
	return []jsontext.Value{text}
}
