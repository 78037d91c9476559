package stix_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// What the specification advises is a warning, and no error.
func TestAdvice(t *testing.T) {
	const indicator = `"pattern":"p","valid_from":"2017-05-12T07:43:00Z",`
	const malware = `"is_family":false,`
	const extref = `"external_references":[{"source_name":"s",`
	const ref, other = `"malware--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70"`, `"tool--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70"`
	table := []expectation{
		{"tool", `"name":"x"`, nil},
		{"tool", `"name":"x","id":"tool--6d1f8f4e-3b0a-5a58-9d3c-1e6f4c8b2a70"`, []string{"id /id"}},
		{"url", `"value":"https://a.example"`, nil},
		{"url", `"value":"https://a.example","id":"url--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70"`, []string{"id /id"}},
		{"url", `"value":"https://a.example","labels":["a"],"confidence":5,"created":"2017-05-12T07:43:00.000Z"`, []string{"prohibited /confidence", "prohibited /created", "prohibited /labels"}},
		{"marking-definition", `"definition_type":"statement","definition":{"statement":"c"},"lang":"en"`, []string{"prohibited /lang", "prohibited /modified"}},

		{"tool", `"name":"x","tool_types":["remote-access","other"]`, []string{"vocabulary /tool_types/1"}},
		{"malware", malware + `"implementation_languages":["c++"],"capabilities":["x"]`, []string{"vocabulary /capabilities/0"}},
		{"threat-actor", `"name":"x","resource_level":"x","primary_motivation":"x","sophistication":"x","roles":["x"]`,
			[]string{"vocabulary /primary_motivation", "vocabulary /resource_level", "vocabulary /roles/0", "vocabulary /sophistication"}},
		{"indicator", indicator + `"name":"n","description":"d","pattern_type":"eql"`, []string{"vocabulary /pattern_type"}},
		{"indicator", indicator + `"pattern_type":"stix"`, []string{"advice /description", "advice /name"}},
		{"location", `"country":"de"`, nil},
		{"location", `"country":"germany","region":"x"`, []string{"format /country", "vocabulary /region"}},
		{"location", `"country":"DD"`, []string{"format /country"}},
		{"malware-analysis", `"product":"Some Product","result":"x"`, []string{"format /product", "vocabulary /result"}},
		{"tool", `"name":"x","kill_chain_phases":[{"kill_chain_name":"Some chain","phase_name":"a_b"}]`, []string{"format /kill_chain_phases/0/kill_chain_name", "format /kill_chain_phases/0/phase_name"}},
		{"tool", `"name":"x",` + extref + `"url":"https://a.example/"}]`, []string{"advice /external_references/0/hashes"}},
		{"tool", `"name":"x",` + extref + `"url":"no url","hashes":{"SHA-256":"` + strings.Repeat("a", 64) + `"}}]`, []string{"format /external_references/0/url"}},
		{"file", `"name":"x","hashes":{"own":"x","SHA-1":"` + strings.Repeat("a", 40) + `"},"mime_type":"own/x"`, []string{"format /mime_type", "vocabulary /hashes/own"}},
		{"file", `"name":"x","mime_type":"application/vnd.own+json"`, nil},
		{"network-traffic", `"protocols":["ipv4","TCP","http_x","-"],"src_ref":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"`,
			[]string{"advice /dst_port", "advice /src_port", "format /protocols/2", "format /protocols/3"}},
		{"network-traffic", `"protocols":["tcp"],"src_port":1,"dst_port":2,"src_ref":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","ipfix":{"octetDeltaCount":5,"Own":"x"},
			"extensions":{"socket-ext":{"address_family":"AF_INET","options":{"SO_KEEPALIVE":1,"SO_OWN":1,"KEEPALIVE":1}}}`,
			[]string{"format /extensions/socket-ext/options/KEEPALIVE", "format /extensions/socket-ext/options/SO_OWN", "format /ipfix/Own"}},
		{"file", `"name":"x","extensions":{"pdf-ext":{"document_info_dict":{"Title":"t","own":"x"}},"windows-pebinary-ext":{"pe_type":"elf","imphash":"x"}}`,
			[]string{"format /extensions/pdf-ext/document_info_dict/own", "vocabulary /extensions/windows-pebinary-ext/pe_type"}},
		{"process", `"pid":5,"extensions":{"windows-process-ext":{"priority":"HIGH"}}`, []string{"format /extensions/windows-process-ext/priority"}},
		{"user-account", `"account_type":"mastodon"`, []string{"vocabulary /account_type"}},

		{"relationship", `"relationship_type":"uses","source_ref":` + ref + `,"target_ref":` + other, nil},
		{"relationship", `"relationship_type":"related-to","source_ref":` + other + `,"target_ref":` + ref, nil},
		{"relationship", `"relationship_type":"mitigates","source_ref":` + ref + `,"target_ref":` + other, []string{"relationship /relationship_type"}},
		{"relationship", `"relationship_type":"duplicate-of","source_ref":` + ref + `,"target_ref":` + other, []string{"relationship /relationship_type"}},
		{"relationship", `"relationship_type":"derived-from","source_ref":` + ref + `,"target_ref":` + ref, nil},
		{"relationship", `"relationship_type":"own","source_ref":"x-own--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70","target_ref":` + ref, nil},
		{"relationship", `"relationship_type":"consists-of","source_ref":"infrastructure--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70","target_ref":"mutex--6d1f8f4e-3b0a-5a58-9d3c-1e6f4c8b2a70"`, nil},

		{"tool", `"name":"x","own":1,"x_own":2`, []string{"custom /own", "custom /x_own"}},
		{"tool", `"name":"x","x_own_hex":"xyz","x_own_bin":"?"`, []string{"custom /x_own_bin", "custom /x_own_hex", "value-type /x_own_bin", "value-type /x_own_hex"}},
		{"x-own", `"own":1`, []string{"custom /type"}},
		{"marking-definition", `"modified":"absent","definition_type":"own","definition":{}`, []string{"custom /definition_type"}},
		{"extension-definition", `"created_by_ref":"identity--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70","name":"n","schema":"s","version":"1","extension_types":["toplevel-property-extension"]`,
			[]string{"advice /description", "advice /extension_properties"}},
		{"observed-data", `"first_observed":"2017-05-12T07:43:00Z","last_observed":"2017-05-12T07:43:00Z","number_observed":1,"objects":{"a":{"type":"url","value":"https://a.example"}}`,
			[]string{"deprecated /objects", "id /objects/a"}},
	}
	check(t, advice, table)
	for i := range table {
		table[i].want = nil
	}
	check(t, broken, table)
}

// An object with many faults has a short report that says so.
func TestManyFindings(t *testing.T) {
	var members []string
	for i := range 5000 {
		members = append(members, fmt.Sprintf(`"own_%d":1,"Own%d":1`, i, i))
	}
	raw := object(t, "tool", `"name":"x",`+strings.Join(members, ","))
	for _, find := range []func([]byte) []string{broken, advice} {
		got := find(raw)
		if len(got) != 101 || !slices.Contains(got, "more ") {
			t.Errorf("%d findings, %v", len(got), got)
		}
	}
}
