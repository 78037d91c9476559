package stix_test

import (
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/stix"
)

// object writes an object with its common properties and what is given, which
// may replace them.
func object(t *testing.T, objectType, more string) []byte {
	t.Helper()
	all := map[string]jsontext.Value{
		"type": jsontext.Value(`"` + objectType + `"`), "spec_version": jsontext.Value(`"2.1"`),
		"id": jsontext.Value(`"` + objectType + `--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70"`),
	}
	if c := stix.ClassOf(objectType); c == stix.SCO && objectType != "process" {
		all["id"] = jsontext.Value(`"` + objectType + `--6d1f8f4e-3b0a-5a58-9d3c-1e6f4c8b2a70"`)
	} else if c != stix.SCO {
		all["created"], all["modified"] = jsontext.Value(`"2017-05-12T07:43:00.000Z"`), jsontext.Value(`"2017-05-12T07:43:00.000Z"`)
	}
	if err := json.Unmarshal([]byte(`{`+more+`}`), &all); err != nil {
		t.Fatalf("%s: %v", more, err)
	}
	for name, value := range all {
		if string(value) == `"absent"` {
			delete(all, name)
		}
	}
	raw, err := json.Marshal(all, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// places are the findings of a level as "rule pointer", sorted.
func places(raw []byte, level stix.Level) (all []string) {
	for _, f := range stix.ValidateRaw(raw) {
		if f.Level == level {
			all = append(all, string(f.Err.Rule)+" "+f.Err.Pointer)
		}
	}
	slices.Sort(all)
	return all
}

// broken are the broken rules, advice what should be otherwise.
func broken(raw []byte) []string { return places(raw, stix.LevelError) }
func advice(raw []byte) []string { return places(raw, stix.LevelWarning) }

// check holds a table of objects against what is expected of each.
func check(t *testing.T, find func([]byte) []string, table []expectation) {
	t.Helper()
	for _, c := range table {
		raw := object(t, c.objectType, c.more)
		if diff := cmp.Diff(c.want, find(raw)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", raw, diff)
		}
	}
}

type expectation struct {
	objectType, more string
	want             []string
}

func TestValidate(t *testing.T) {
	const md5 = `"MD5":"db349b97c37d22f5ea1d1841e3c89eb4"`
	const ref = `"malware--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70"`
	check(t, broken, []expectation{
		{"tool", `"name":"x"`, nil},
		{"tool", `"name":"x","x_own":{"A":[]},"rank":null`, nil},
		{"x-own", `"name":{"a":1}`, nil},
		{"x-own", `"created":"absent","modified":"absent","spec_version":"absent"`, nil},
		{"x-own", `"created":"absent"`, []string{"required "}},
		{"tool", ``, []string{"required /name"}},
		{"tool", `"name":"x","type":"absent"`, []string{"required /type"}},
		{"tool", `"name":"x","id":"absent"`, []string{"required /id"}},
		{"tool", `"name":"x","id":"tool--1"`, []string{"id /id"}},
		{"tool", `"name":"x","id":` + ref, []string{"id /id"}},
		{"tool", `"name":"x","spec_version":"2.0"`, []string{"spec-version /spec_version"}},
		{"tool", `"name":"x","spec_version":"absent"`, []string{"spec-version /spec_version"}},
		{"tool", `"name":"x","created":"absent"`, []string{"required /created"}},
		{"tool", `"name":"x","created":"2017-05-12T07:43:00Z"`, []string{"timestamp /created"}},
		{"tool", `"name":"x","modified":"2017-05-11T07:43:00.000Z"`, []string{"order /modified"}},
		{"tool", `"name":"x","created_by_ref":` + ref, []string{"reference /created_by_ref"}},
		{"tool", `"name":"x","object_marking_refs":["x",` + ref + `]`, []string{"id /object_marking_refs/0", "reference /object_marking_refs/1"}},
		{"tool", `"name":"x","labels":[]`, []string{"empty /labels"}},
		{"tool", `"name":"x","x_own":[ ]`, []string{"empty /x_own"}},
		{"tool", `"name":"x","Own":1,"ab":2,"c/d":3`, []string{"property-name /Own", "property-name /ab", "property-name /c~1d"}},
		{"tool", `"name":"x","tool_types":"y"`, []string{"value-type /tool_types"}},
		{"tool", `"name":"x","tool_types":["y",5]`, []string{"value-type /tool_types/1"}},
		{"tool", `"name":"x","defanged":true`, []string{"prohibited /defanged"}},
		{"tool", `"name":"x","kill_chain_phases":[{"kill_chain_name":"k"}]`, []string{"required /kill_chain_phases/0/phase_name"}},
		{"tool", `"name":"x","external_references":[{"source_name":"s"},{"url":"u","hashes":{"MD5":"z"}}]`,
			[]string{"required /external_references/0", "required /external_references/1/source_name", "value-type /external_references/1/hashes/MD5"}},
		{"tool", `"name":"x","extensions":{}`, []string{"empty /extensions"}},
		{"tool", `"name":"x","extensions":{"a/b":{"extension_type":"y"},"c":5,"d":{}}`,
			[]string{"empty /extensions/d", "extension /extensions/a~1b", "extension /extensions/a~1b", "extension /extensions/d", "extension /extensions/d", "value-type /extensions/c"}},
		{"tool", `"name":"x","external_references":[{"source_name":"s","url":"u"}],"granular_markings":[{"lang":"de","selectors":["name","external_references.[0].url"]}]`, nil},
		{"tool", `"name":"x","granular_markings":[{"selectors":["nothing","name.[0]"]},{"lang":"de","selectors":[]}]`,
			[]string{"empty /granular_markings/1/selectors", "required /granular_markings/0", "selector /granular_markings/0/selectors/0", "selector /granular_markings/0/selectors/1"}},
		{"bundle", ``, []string{"type-name /type"}},
		{"Tool", ``, []string{"type-name /type"}},
		{"indicator", `"pattern":"p","pattern_type":"stix","valid_from":"2017-05-12T07:43:00Z","valid_until":"2017-05-12T07:43:00Z"`, []string{"order /valid_until"}},
		{"malware", `"is_family":true`, []string{"required /name"}},
		{"malware", `"is_family":false`, nil},
		{"location", `"latitude":91,"longitude":0`, []string{"range /latitude"}},
		{"location", `"latitude":1e1`, []string{"required /latitude"}},
		{"location", `"name":"x"`, []string{"required "}},
		{"opinion", `"opinion":"maybe","object_refs":[` + ref + `]`, []string{"vocabulary /opinion"}},
		{"observed-data", `"first_observed":"2017-05-12T07:43:00Z","last_observed":"2017-05-12T07:42:00Z","number_observed":0,"object_refs":[` + ref + `]`,
			[]string{"order /last_observed", "range /number_observed", "reference /object_refs", "reference /object_refs/0"}},
		{"relationship", `"relationship_type":"uses","source_ref":` + ref + `,"target_ref":"relationship--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70"`, []string{"reference /target_ref"}},
		{"sighting", `"sighting_of_ref":` + ref + `,"count":-1`, []string{"range /count"}},
		{"marking-definition", `"modified":"absent","definition_type":"tlp","definition":{"tlp":"red"}`, []string{"id /id", "marking /created"}},
		{"marking-definition", `"modified":"absent","definition_type":"statement","definition":{"statement":"c"}`, nil},
		{"marking-definition", `"modified":"absent"`, []string{"required /definition"}},
		{"domain-name", `"value":"evil.example"`, nil},
		{"domain-name", `"value":"evil.example","spec_version":"absent"`, nil},
		{"domain-name", `"value":5`, []string{"value-type /value"}},
		{"file", `"size":5`, []string{"id /id", "required "}},
		{"file", `"hashes":{` + md5 + `},"size":-5,"magic_number_hex":"FFD"`, []string{"range /size", "value-type /magic_number_hex"}},
		{"file", `"hashes":{}`, []string{"empty /hashes"}},
		{"file", `"hashes":{"MD5":"xyz","a b":"c"}`, []string{"property-name /hashes/a b", "value-type /hashes/MD5"}},
		{"file", `"name":"x","size":1.5`, []string{"range /size"}},
		{"artifact", `"url":"https://a.example","payload_bin":"AA=="`, []string{"prohibited /url", "required /url"}},
		{"artifact", `"payload_bin":"A"`, []string{"value-type /payload_bin"}},
		{"artifact", `"payload_bin":"AA==","decryption_key":"k"`, []string{"required /decryption_key"}},
		{"email-message", `"is_multipart":true,"body":"b"`, []string{"prohibited /body"}},
		{"email-message", `"is_multipart":false,"body_multipart":[{}],"subject":"s"`, []string{"prohibited /body_multipart", "required /body_multipart/0"}},
		{"network-traffic", `"protocols":["tcp"]`, []string{"required "}},
		{"network-traffic", `"protocols":["tcp"],"src_ref":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","dst_port":70000,"is_active":true,"end":"2017-05-12T07:43:00Z"`,
			[]string{"prohibited /end", "range /dst_port"}},
		{"process", ``, []string{"required "}},
		{"process", `"pid":5`, nil},
	})
}
