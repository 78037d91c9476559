package stix_test

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/stix"
)

func TestMadeObjectsAreValid(t *testing.T) {
	id := stix.NewID("identity")
	indicator, err := stix.NewIndicator(stix.Indicator{CreatedBy: id, Name: "n", Pattern: "[domain-name:value = 'evil.example']", Labels: []string{"l"}, Confidence: 70, MarkingRefs: []string{stix.TLPMarking("amber")}})
	if err != nil {
		t.Fatal(err)
	}
	h, err := stix.ParseHeader(indicator)
	if err != nil || h.CreatedByRef != id || h.Confidence != 70 || h.Pattern == "" || h.Created.IsZero() || len(h.MarkingRefs) != 1 {
		t.Errorf("%s: %v", indicator, err)
	}
	sighting, err := stix.NewSighting(stix.Sighting{Of: h.ID, FirstSeen: h.Created, LastSeen: h.Created, Count: 3, WhereSighted: []string{id}})
	if err != nil {
		t.Fatal(err)
	}
	identity, err := stix.NewIdentity(stix.Identity{ID: id, Name: "CERT", Class: "organization", Sectors: []string{"government"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range [][]byte{indicator, sighting, identity} {
		if got := broken(raw); got != nil {
			t.Errorf("%s: %v", raw, got)
		}
	}
	for name, err := range map[string]error{
		"no pattern": second(stix.NewIndicator(stix.Indicator{})), "no name": second(stix.NewIdentity(stix.Identity{})),
		"nothing sighted": second(stix.NewSighting(stix.Sighting{})), "a wrong id": second(stix.NewIdentity(stix.Identity{ID: h.ID, Name: "x"})),
		"no text": second(stix.NewIdentity(stix.Identity{Name: "\xff"})),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func second(_ jsontext.Value, err error) error { return err }
