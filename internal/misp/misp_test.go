package misp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/misp"
	"github.com/tocsin-project/tocsin/stix"
)

func fixture(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "wannacry.json"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func bare(t testing.TB, text []byte) jsontext.Value {
	t.Helper()
	var wrapped map[string]jsontext.Value
	if err := json.Unmarshal(text, &wrapped); err != nil {
		t.Fatal(err)
	}
	return wrapped["Event"]
}

// short names an element by the end of its UUID, and says who sees it.
func short(i misp.Item) string {
	to := string(i.Release.TLP)
	if i.Release.Community != "" {
		to += " " + i.Release.Community
	}
	if i.Release.Alone {
		to += " alone"
	}
	return fmt.Sprintf("%s %s -> %s", i.Type, i.Header.ID[len(i.Header.ID)-3:], to)
}

func TestTheFixtureBecomesWhatThePackageSays(t *testing.T) {
	all := items(t, string(fixture(t)), misp.Options{SharingGroups: map[string]string{"00000000-0000-4000-8000-0000000000a9": "health"}})
	var got []string
	patterns := map[string]string{}
	for _, i := range all {
		got = append(got, short(i))
		if i.Type == "indicator" {
			patterns[i.Header.ID[len(i.Header.ID)-3:]] = i.Pattern
		}
	}
	for _, want := range []string{
		"report 007 -> green", "indicator 070 -> green", "sighting 701 -> green", "opinion 702 -> green", "malware 33c -> green",
		"observed-data 071 -> green", "note 072 -> green", "note 073 -> red alone", "indicator 074 -> amber+strict health",
		"vulnerability 075 -> green", "indicator 076 -> amber+strict", "grouping 080 -> green", "indicator 081 -> green",
		"observed-data 082 -> green", "relationship 083 -> green", "note 090 -> green", "attack-pattern ba0 -> green", "identity 001 -> green", "identity 002 -> green",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("there is no %q in\n%s", want, strings.Join(got, "\n"))
		}
	}
	want := map[string]string{
		"070": "[domain-name:value = 'iuqerfsodp9ifjaposdfjhgosurijfaewrwergwea.com']",
		"074": "[domain-name:value = 'c2.evil.example' OR ipv4-addr:value = '203.0.113.5']",
		"076": "[file:hashes.MD5 = 'db349b97c37d22f5ea1d1841e3c89eb4']",
		"081": "[file:hashes.'SHA-256' = '24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c']",
	}
	if diff := cmp.Diff(want, patterns); diff != "" {
		t.Errorf("patterns (-want +got)\n%s", diff)
	}
	find := func(typeAndEnd string) string {
		for _, i := range all {
			if strings.HasPrefix(short(i), typeAndEnd+" ") {
				return string(i.Raw)
			}
		}
		return ""
	}
	for object, said := range map[string][]string{
		"indicator 070":    {`"valid_until":"2017-05-17T05:46:40.000000Z"`, `"valid_from":"2017-05-12T07:43:00.000000Z"`, `"modified":"2017-05-17T05:46:40.000000Z"`, `"created":"2017-05-12T00:00:00.000000Z"`, stix.TLPMarking("green")},
		"indicator 076":    {`"revoked":true`, stix.TLPMarking("amber+strict")},
		"report 007":       {`"PAP:AMBER"`, `"published":"2017-05-12T19:00:00.000000Z"`},
		"sighting 701":     {`"where_sighted_refs":["identity--00000000-0000-4000-8000-000000000002"]`, `"last_seen":"2017-05-12T14:56:40.000000Z"`},
		"opinion 702":      {`"opinion":"strongly-disagree"`},
		"relationship 083": {`"relationship_type":"connects-to"`, `"target_ref":"indicator--5915c1a4-0000-4000-8000-000000000070"`},
	} {
		for _, s := range said {
			if !strings.Contains(find(object), s) {
				t.Errorf("%s does not say %s: %s", object, s, find(object))
			}
		}
	}
	if strings.Contains(find("report 007"), "000000000073") || strings.Contains(find("report 007"), "000000000074") {
		t.Error("the report names attributes that its readers may not know of")
	}
	sameEvents(t, []jsontext.Value{bare(t, fixture(t))}, raws(all))
}

// Who may not see an attribute gets the event without it, and nothing that
// tells of a gap.
func TestTheRestComesBackWithoutWhatIsHidden(t *testing.T) {
	var seen []jsontext.Value
	for _, i := range items(t, string(fixture(t)), misp.Options{}) {
		if i.Release.TLP == "green" || i.Release.TLP == "clear" {
			seen = append(seen, i.Raw)
		}
	}
	events, report := misp.Export(seen, misp.Origin{})
	if len(events) != 1 || len(report.Skipped) > 0 {
		t.Fatalf("%d events, skipped %v", len(events), report.Skipped)
	}
	for _, hidden := range []string{"000000000073", "our own case number", "000000000074", "c2.evil.example", "000000000076"} {
		if strings.Contains(string(events[0]), hidden) || bytes.Contains(bytes.Join(bytesOf(seen), nil), []byte(hidden)) {
			t.Errorf("%s is told to who may not know it", hidden)
		}
	}
	if n := strings.Count(string(events[0]), `"category"`); n != 6 {
		t.Errorf("%d attributes are left, want 6 in\n%s", n, events[0])
	}
}

func bytesOf(raws []jsontext.Value) (all [][]byte) {
	for _, r := range raws {
		all = append(all, r)
	}
	return all
}

func TestASharingGroupWithoutACommunityIsTheSubmittersAlone(t *testing.T) {
	for _, i := range items(t, string(fixture(t)), misp.Options{}) {
		if strings.HasSuffix(i.Header.ID, "074") {
			if !i.Release.Alone || len(i.Notes) != 1 || !strings.Contains(i.Notes[0], "health sector") {
				t.Errorf("%+v %q", i.Release, i.Notes)
			}
			return
		}
	}
	t.Error("the attribute is missing")
}

func TestDistributionNarrowsAndNeverWidens(t *testing.T) {
	for _, c := range []struct {
		event, attribute, tag string
		submission            access.TLP
		want                  misp.Release
	}{
		{"1", "5", "", "green", misp.Release{TLP: "green"}},
		{"3", "5", "tlp:clear", "green", misp.Release{TLP: "clear"}},
		{"2", "5", "tlp:white", "green", misp.Release{TLP: "green"}},
		{"1", "3", "tlp:white", "green", misp.Release{TLP: "green"}},
		{"3", "5", "", "amber", misp.Release{TLP: "amber"}},
		{"1", "5", "TLP:AMBER", "green", misp.Release{TLP: "amber"}},
		{"1", "5", "tlp:red", "green", misp.Release{TLP: "red"}},
		{"3", "0", "tlp:clear", "green", misp.Release{TLP: "red", Alone: true}},
		{"0", "3", "tlp:clear", "green", misp.Release{TLP: "red", Alone: true}},
		{"3", "4", "tlp:clear", "green", misp.Release{TLP: "amber+strict", Community: "x"}},
		{"3", "8", "", "green", misp.Release{TLP: "red", Alone: true}},
	} {
		text := fmt.Sprintf(`{"Event":{"uuid":"5915c1a4-0000-4000-8000-000000000001","info":"i","distribution":%q,"Attribute":[
			{"uuid":"5915c1a4-0000-4000-8000-000000000002","type":"ip-dst","value":"198.51.100.1","distribution":%q,"SharingGroup":{"name":"g"},"Tag":[{"name":%q}]}]}}`, c.event, c.attribute, c.tag)
		found := false
		opt := misp.Options{TLP: c.submission, SharingGroups: map[string]string{"g": "x"}}
		for _, i := range items(t, text, opt) {
			if i.Type == "observed-data" || i.Type == "ipv4-addr" {
				found = true
				if i.Release != c.want {
					t.Errorf("event %s, attribute %s, %q: %s goes to %+v, want %+v", c.event, c.attribute, c.tag, i.Type, i.Release, c.want)
				}
			}
		}
		if !found {
			t.Errorf("%s made nothing", text)
		}
	}
}

func TestWhatIsNoEventIsSaidSo(t *testing.T) {
	for _, text := range []string{``, `5`, `{}`, `{"Event":`, `{"Event":{}} x`, `{"a":1,"a":2}`, `{"errors":["no"]}`, "{\"Event\":{\"info\":\"\xff\"}}"} {
		var about *stix.Error
		if err := misp.Read(context.Background(), strings.NewReader(text), misp.Options{}, func(misp.Item) error { return nil }); !errors.As(err, &about) && !strings.Contains(text, `{}`) {
			t.Errorf("%q: %v", text, err)
		}
	}
	deep := `{"Event":{"info":"i","uuid":"5915c1a4-0000-4000-8000-000000000001","x":` + strings.Repeat("[", 60) + strings.Repeat("]", 60) + `}}`
	for text, pointer := range map[string]string{
		`[{"Event":{"info":"ok"}},5]`: "/1", `{"response":[{"x":1}]}`: "/response/0", `{"Event":{"info":"i","Attribute":[5]}}`: "/Event/Attribute/0", deep: "/Event/x",
	} {
		var places []string
		err := misp.Read(context.Background(), strings.NewReader(text), misp.Options{}, func(i misp.Item) error {
			if i.Problem != nil {
				places = append(places, i.Problem.Pointer)
			}
			return nil
		})
		if err != nil || !slices.Equal(places, []string{pointer}) {
			t.Errorf("%.60s: %v, problems at %q", text, err, places)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(fixture(f))
	f.Add([]byte(`[{"Event":{"info":null,"date":5,"Orgc":[],"Attribute":[{"type":5,"value":{}}],"Object":[{"Attribute":[{}]}]}}]`))
	f.Add([]byte(`{"response":{"Event":{"uuid":"x","published":1,"EventReport":[{}]}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		_ = misp.Read(context.Background(), bytes.NewReader(text), misp.Options{}, func(i misp.Item) error {
			if i.Problem != nil {
				return nil
			}
			if _, err := stix.ParseHeader(i.Raw); err != nil {
				t.Fatalf("%v in %s", err, i.Raw)
			}
			_, _ = misp.Export([]jsontext.Value{i.Raw}, misp.Origin{})
			return nil
		})
	})
}
