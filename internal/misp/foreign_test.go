package misp_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/misp"
	"github.com/tocsin-project/tocsin/stix"
)

const common = `"spec_version":"2.1","created":"2017-05-12T07:43:00Z","modified":"2017-05-12T07:43:00Z"`

func indicator(n, pattern, more string) jsontext.Value {
	return jsontext.Value(`{"type":"indicator",` + common + `,"id":"indicator--00000000-0000-4000-8000-00000000000` + n + `","pattern":"` + pattern + `","pattern_type":"stix","valid_from":"2017-05-12T07:43:00Z"` + more + `}`)
}

type plainEvent struct {
	Info      string
	Attribute []struct {
		UUID, Type, Value, Category string
		To_ids                      bool
		Tag                         []struct{ Name string }
		Sighting                    []struct{ Source string }
	}
	EventReport []struct{ Name, Content string }
	Tag         []struct{ Name string }
}

func TestWhatDidNotComeFromMISPIsExportedAsWell(t *testing.T) {
	red := stix.TLPMarking("red")
	objects := []jsontext.Value{
		indicator("1", "[domain-name:value = 'evil.example']", `,"labels":["seen"],"object_marking_refs":["`+red+`"]`),
		indicator("2", "[file:hashes.MD5 = 'db349b97c37d22f5ea1d1841e3c89eb4' OR ipv4-addr:value = '198.51.100.7']", ""),
		indicator("3", "[url:value LIKE 'http://%']", ""),
		indicator("4", "[ipv4-addr:value = '203.0.113.9']", ""),
		jsontext.Value(`{"type":"sighting",` + common + `,"id":"sighting--00000000-0000-4000-8000-000000000005","description":"resolver","sighting_of_ref":"indicator--00000000-0000-4000-8000-000000000001"}`),
		jsontext.Value(`{"type":"note",` + common + `,"id":"note--00000000-0000-4000-8000-000000000006","abstract":"A","content":"text","object_refs":["indicator--00000000-0000-4000-8000-000000000001"]}`),
		jsontext.Value(`{"type":"attack-pattern",` + common + `,"id":"attack-pattern--00000000-0000-4000-8000-000000000007","name":"Data Encrypted for Impact","external_references":[{"source_name":"mitre-attack","external_id":"T1486"}]}`),
		jsontext.Value(`{"type":"report",` + common + `,"id":"report--00000000-0000-4000-8000-000000000008","name":"R","published":"2017-05-12T07:43:00Z","object_refs":["indicator--00000000-0000-4000-8000-000000000004"]}`),
		jsontext.Value(`{"type":"location",` + common + `,"id":"location--00000000-0000-4000-8000-000000000009","country":"GB"}`),
		jsontext.Value(`5`),
	}
	raw, report := misp.Export(objects, misp.Origin{Info: "everything else", OrgName: "hub"})
	if len(raw) != 2 || report.Events != 2 || report.Attributes != 5 {
		t.Fatalf("%d events, report %+v", len(raw), report)
	}
	if len(report.Skipped) != 2 || !strings.HasPrefix(report.Skipped[1].ID, "location--") {
		t.Errorf("skipped %+v", report.Skipped)
	}
	var events []plainEvent
	for _, r := range raw {
		var e plainEvent
		if err := json.Unmarshal(r, &e, json.MatchCaseInsensitiveNames(true)); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	var got []string
	for _, e := range events {
		for _, a := range e.Attribute {
			line := e.Info + ": " + a.Type + " " + a.Value
			for _, tag := range a.Tag {
				line += " #" + tag.Name
			}
			for _, s := range a.Sighting {
				line += " seen by " + s.Source
			}
			if !a.To_ids || a.Category == "" || len(a.UUID) != 36 {
				t.Errorf("%+v", a)
			}
			got = append(got, line)
		}
		for _, r := range e.EventReport {
			got = append(got, e.Info+": report "+r.Name+" "+r.Content)
		}
		for _, tag := range e.Tag {
			got = append(got, e.Info+": "+tag.Name)
		}
	}
	want := []string{
		"R: ip-dst 203.0.113.9", "everything else: domain evil.example #seen #tlp:red seen by resolver", "everything else: md5 db349b97c37d22f5ea1d1841e3c89eb4",
		"everything else: ip-dst 198.51.100.7", "everything else: stix2-pattern [url:value LIKE 'http://%']", "everything else: report A text",
		`everything else: misp-galaxy:mitre-attack-pattern="Data Encrypted for Impact - T1486"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What partners saw of an attribute since it came goes back with it.
func TestLaterSightingsGoBackWithTheEvent(t *testing.T) {
	objects := raws(items(t, string(fixture(t)), misp.Options{}))
	objects = append(objects, jsontext.Value(`{"type":"sighting",`+common+`,"id":"sighting--00000000-0000-4000-8000-000000000005","description":"edge","sighting_of_ref":"indicator--5915c1a4-0000-4000-8000-000000000070"}`))
	events, _ := misp.Export(objects, misp.Origin{})
	var e plainEvent
	if err := json.Unmarshal(events[0], &e, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	if s := e.Attribute[0].Sighting; len(s) != 4 || s[3].Source != "edge" {
		t.Errorf("sightings %+v", s)
	}
}
