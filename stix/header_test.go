package stix_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/stix"
)

func TestParseHeader(t *testing.T) {
	got, err := stix.ParseHeader([]byte(` {
		"x_before": {"id": "not this"},
		"type": "relationship", "id": "relationship--44298a74-ba52-4f0c-87a3-1824e67d7fad", "spec_version": "2.1",
		"created": "2017-05-12T07:43:00.123456789Z", "modified": "2017-05-12T07:43:01Z",
		"created_by_ref": "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff", "revoked": true,
		"labels": ["a", "b"], "confidence": 85, "name": "n\u00e4me", "description": "d",
		"object_marking_refs": ["marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"],
		"granular_markings": [{"selectors": ["name"], "marking_ref": "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"}, {"lang": "de", "selectors": ["name"]}],
		"relationship_type": "uses", "source_ref": "s", "target_ref": "t", "sighting_of_ref": "o",
		"pattern": "[a:b = 1]", "pattern_type": "stix",
		"aliases": ["c"], "x_mitre_aliases": ["d"],
		"external_references": [{"source_name": "mitre-attack", "external_id": "S0366"}, {"source_name": "x"}, {"external_id": "G0032"}]
	}`))
	want := stix.Header{
		Type: "relationship", ID: "relationship--44298a74-ba52-4f0c-87a3-1824e67d7fad", SpecVersion: "2.1",
		Created: time.Date(2017, 5, 12, 7, 43, 0, 123456789, time.UTC), Modified: time.Date(2017, 5, 12, 7, 43, 1, 0, time.UTC),
		CreatedByRef: "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff", Revoked: true,
		Labels: []string{"a", "b"}, Confidence: 85, Name: "näme", Description: "d",
		MarkingRefs:         []string{"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"},
		GranularMarkingRefs: []string{"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"},
		RelationshipType:    "uses", SourceRef: "s", TargetRef: "t", SightingOfRef: "o",
		Pattern: "[a:b = 1]", PatternType: "stix", Aliases: []string{"c", "d"}, ExternalIDs: []string{"S0366", "G0032"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	if got, err := stix.ParseHeader([]byte(`{}`)); err != nil || got.Confidence != -1 {
		t.Errorf("an empty object: %+v, %v", got, err)
	}
}

func TestParseHeaderNamesPlace(t *testing.T) {
	for text, want := range map[string]string{
		``:                          "json-truncated ",
		`5`:                         "not-an-object ",
		`{"type":"tool"} {}`:        "json-trailing ",
		`{"a":1,"a":2}`:             "json-duplicate-key /a",
		"{\"name\":\"\xff\"}":       "json-utf8 /name",
		`{"type":5}`:                "value-type /type",
		`{"created":"2017-05-12"}`:  "timestamp /created",
		`{"confidence":101}`:        "range /confidence",
		`{"confidence":1.5}`:        "range /confidence",
		`{"revoked":"yes"}`:         "value-type /revoked",
		`{"labels":"a"}`:            "value-type /labels",
		`{"labels":["a",{"b":[]}]}`: "value-type /labels/1",
		`{"external_references":[{"external_id":5}]}`:  "value-type /external_references/0/external_id",
		`{"external_references":[5]}`:                  "value-type /external_references/0",
		`{"type":"tool","name":5}`:                     "value-type /name",
		`{"name":5,"type":"tool","id":{}}`:             "value-type /id",
		`{"type":"x-own","name":5,"created":"\u0000"}`: "timestamp /created",
	} {
		_, err := stix.ParseHeader([]byte(text))
		var about *stix.Error
		if !errors.As(err, &about) {
			t.Errorf("%s: error %v", text, err)
		} else if got := string(about.Rule) + " " + about.Pointer; got != want {
			t.Errorf("%s: %s, want %s (%v)", text, got, want, err)
		}
	}
	h, err := stix.ParseHeader([]byte(`{"name":{"en":"x"},"type":"x-own","aliases":5}`))
	if err != nil || h.Type != "x-own" || h.Name != "" {
		t.Errorf("a type of its own: %+v, %v", h, err)
	}
}

func TestTimestamps(t *testing.T) {
	for text, want := range map[string]string{
		"2017-05-12T07:43:00Z":             "2017-05-12T07:43:00.000000Z",
		"2017-05-12T07:43:00.1Z":           "2017-05-12T07:43:00.100000Z",
		"2017-05-12T07:43:00.123456789Z":   "2017-05-12T07:43:00.123456Z",
		"2017-05-12T07:43:00.12345678912Z": "2017-05-12T07:43:00.123456Z",
		"2016-02-29T23:59:59.999Z":         "2016-02-29T23:59:59.999000Z",
		"2016-12-31T23:59:60.5Z":           "2017-01-01T00:00:00.500000Z", // a leap second
	} {
		at, err := stix.ParseTimestamp(text)
		if got := stix.FormatTimestamp(at); err != nil || got != want {
			t.Errorf("%s is %s, want %s (%v)", text, got, want, err)
		}
	}
	for _, text := range []string{
		"", "Z", "2017-05-12", "2017-05-12T07:43:00", "2017-05-12T07:43:00+00:00", "2017-05-12t07:43:00Z", "2017-05-12 07:43:00Z",
		"2017-05-12T07:43:00.Z", "2017-05-12T07:43:00,1Z", "2017-05-12T7:43:00Z", "2017-02-30T07:43:00Z", "2017-05-12T24:00:00Z", "2016-12-31T22:59:60Z", "2017-05-12T07:60:00Z", "2017-05-12T07:43:61Z", "2017-00-12T07:43:00Z", "2017-05-00T07:43:00Z", "2017-05-12T07:43:00.1xZ",
	} {
		if at, err := stix.ParseTimestamp(text); err == nil {
			t.Errorf("%q is %v", text, at)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "microseconds"))
		back, err := stix.ParseTimestamp(stix.FormatTimestamp(at))
		if err != nil || !back.Equal(at) {
			t.Fatalf("%v is read back as %v, %v", at, back, err)
		}
	})
}

func FuzzParseHeader(f *testing.F) {
	f.Add([]byte(tool(1)))
	f.Add([]byte(`{"type":"x","external_references":[{"external_id":"a"}],"labels":["\ud800"],"confidence":1e1}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		h, err := stix.ParseHeader(raw)
		if err != nil {
			var about *stix.Error
			if !errors.As(err, &about) || about.Message == "" {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		if again, err := stix.ParseHeader([]byte(" " + string(raw) + "\n")); err != nil || cmp.Diff(h, again) != "" {
			t.Fatalf("with white space around: %v %+v", err, again)
		}
		if !strings.HasPrefix(strings.TrimLeft(string(raw), " \t\r\n"), "{") {
			t.Fatalf("%q is no object", raw)
		}
		stix.ValidateRaw(raw)
	})
}
