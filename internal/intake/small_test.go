package intake_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

func TestSmallBundleIsSoundAndConnected(t *testing.T) {
	out, err := intake.Read(t.Context(), bytes.NewReader(intake.SmallBundle()), intake.Submission{Partner: partner})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Drafts) != 1 || out.Drafts[0].Audience != access.ToCommunity(access.Clear).String() {
		t.Errorf("%d drafts, the first for %q", len(out.Drafts), out.Drafts[0].Audience)
	}

	objects := map[string]stix.Header{}
	var order []stix.Header
	err = stix.ReadBundle(bytes.NewReader(intake.SmallBundle()), stix.Limits{}, func(o stix.Object) error {
		if _, again := objects[o.ID]; again {
			t.Errorf("%s occurs twice", o.ID)
		}
		objects[o.ID] = o.Header
		order = append(order, o.Header)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	attributed := 0
	for _, h := range order {
		if h.Type != "relationship" {
			continue
		}
		from, to := objects[h.SourceRef], objects[h.TargetRef]
		if from.ID == "" || to.ID == "" {
			t.Errorf("%s leads from %q to %q, which are not both there", h.ID, h.SourceRef, h.TargetRef)
		}
		if h.RelationshipType == "attributed-to" {
			attributed++
			if to.Name != "Lazarus Group" || !strings.Contains(h.Description, "19 December 2017") || !strings.Contains(h.Description, "Source:") {
				t.Errorf("attributed to %s: %q names no date and source", to.Name, h.Description)
			}
		}
	}
	if attributed == 0 {
		t.Error("nothing is attributed")
	}

	var killSwitches, looked int
	for _, h := range order {
		if h.Type != "indicator" {
			continue
		}
		p, err := pattern.Parse(h.Pattern)
		if err != nil {
			t.Errorf("%s: %v", h.Name, err)
			continue
		}
		terms, complete := pattern.Equalities(p)
		if complete {
			looked += len(terms)
		}
		if len(h.Labels) == 1 && h.Labels[0] == "kill-switch" {
			killSwitches++
			if !complete || len(terms) != 1 || terms[0].Path != "domain-name:value" {
				t.Errorf("kill switch %s: %s", h.Name, h.Pattern)
			}
		}
	}
	if killSwitches != 3 || looked != 11 {
		t.Errorf("%d kill switches and %d values to look up, want 3 and 11", killSwitches, looked)
	}
}
