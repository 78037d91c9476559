package stix_test

import (
	"strings"
	"testing"
)

func TestValidateExtensions(t *testing.T) {
	const id = "extension-definition--04b2d3ef-d061-4912-ab77-6bbe807a5bd5"
	with := func(content string) string { return `"extensions":{"` + id + `":{` + content + `}}` }
	const creator = `"created_by_ref":"identity--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70",`
	definition := func(more string) string {
		return `"name":"n","description":"d","schema":"s","version":"1",` + more
	}
	check(t, broken, []expectation{
		{"tool", `"name":"x","rank":5,` + with(`"extension_type":"toplevel-property-extension"`), nil},
		{"tool", `"name":"x",` + with(`"extension_type":"property-extension","rank":5`), nil},
		{"tool", `"name":"x",` + with(`"rank":5`), []string{"required /extensions/" + id + "/extension_type"}},
		{"tool", `"name":"x",` + with(`"extension_type":["x"],"Rank":5,"abc":[ ]`),
			[]string{"empty /extensions/" + id + "/abc", "property-name /extensions/" + id + "/Rank", "vocabulary /extensions/" + id + "/extension_type"}},
		{"tool", `"name":"x","extensions":{"extension-definition--1":{"extension_type":"property-extension"}}`, []string{"id /extensions/extension-definition--1"}},
		{"tool", `"name":"x","extensions":{"x-own-ext":{"abc":1}}`, []string{"extension /extensions/x-own-ext"}},
		{"url", `"value":"https://a.example","extensions":{"x-own-ext":{"abc":1}}`, nil},
		{"url", `"value":"https://a.example","extensions":{"x-own":{"abc":1},"x-b-ext":{},"x-c-ext":{"a":1}}`,
			[]string{"empty /extensions/x-b-ext", "extension /extensions/x-own", "property-name /extensions/x-c-ext/a"}},
		{"own-thing", `"abc":1,` + with(`"extension_type":"new-sdo"`), nil},
		{"own-thing", `"created":"absent","modified":"absent","abc":1,` + with(`"extension_type":"new-sdo"`), []string{"required /created", "required /modified"}},
		{"own-thing", `"defanged":true,` + with(`"extension_type":"new-sro"`), []string{"prohibited /defanged"}},
		{"own-thing", `"id":"own-thing--6d1f8f4e-3b0a-5a58-9d3c-1e6f4c8b2a70","created":"absent","modified":"absent","spec_version":"absent","defanged":true,` + with(`"extension_type":"new-sco"`), nil},
		{"tool", `"name":"x","severity":1,"action":1,"username":"u","phone_number":1,"phone_numbers":[1]`,
			[]string{"prohibited /action", "prohibited /phone_number", "prohibited /phone_numbers", "prohibited /severity", "prohibited /username"}},
		{"action", ``, []string{"type-name /type"}},
		{"x-own", `"defanged":true`, nil},
		{"tool", `"name":"x","defanged":false`, []string{"prohibited /defanged"}},
		{"extension-definition", creator + definition(`"extension_types":["new-sdo"]`), nil},
		{"extension-definition", creator + definition(`"extension_types":["new-sdo","x"],"extension_properties":["abc","A"]`),
			[]string{"prohibited /extension_properties", "property-name /extension_properties/1", "vocabulary /extension_types/1"}},
		{"extension-definition", definition(`"extension_types":["new-sdo"],"modified":"absent"`), []string{"required /created_by_ref", "required /modified"}},
	})
	check(t, advice, []expectation{
		{"tool", `"name":"x","rank":5,` + with(`"extension_type":"toplevel-property-extension"`), nil},
		{"tool", `"name":"x","rank":5,` + with(`"extension_type":"property-extension","rank":5`), []string{"custom /rank"}},
		{"own-thing", `"abc":1,` + with(`"extension_type":"new-sdo"`), nil},
		{"url", `"value":"https://a.example","extensions":{"x-own-ext":{"abc":1}}`, []string{"custom /extensions/x-own-ext"}},
	})
}

func TestValidateMarkings(t *testing.T) {
	tlp := func(id, name, created, word string) string {
		return `"modified":"absent","id":"marking-definition--` + id + `","name":"` + name + `","created":"` + created + `","definition_type":"tlp","definition":{"tlp":"` + word + `"}`
	}
	tlp2 := func(id, word string) string {
		return `"modified":"absent","created":"2022-10-01T00:00:00.000Z","id":"` + id + `","name":"TLP","extensions":{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":"` + word + `"}}`
	}
	const green, at2017 = "34098fce-860f-48ae-8e50-ebd3cc5e41da", "2017-01-20T00:00:00.000Z"
	const self = `"marking-definition--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70"`
	check(t, broken, []expectation{
		{"marking-definition", tlp(green, "TLP:GREEN", at2017, "green"), nil},
		{"marking-definition", tlp(green, "GREEN", "2017-01-21T00:00:00.000Z", "green"), []string{"marking /created", "marking /name"}},
		{"marking-definition", tlp(green, "TLP:RED", at2017, "red"), []string{"id /id"}},
		{"marking-definition", tlp(green, "TLP:CLEAR", at2017, "clear"), []string{"vocabulary /definition/tlp"}},
		{"marking-definition", tlp2("marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", "red"), nil},
		{"marking-definition", tlp2("marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", "green"), []string{"id /id"}},
		{"marking-definition", tlp2("marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", "white"), []string{"vocabulary /extensions/extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d/tlp_2_0"}},
		{"marking-definition", `"modified":"absent","definition_type":"statement","definition":{"statement":5}`, []string{"required /definition/statement"}},
		{"marking-definition", `"modified":"absent","definition_type":"statement"`, []string{"required /definition", "required /definition/statement", "required /definition_type"}},
		{"marking-definition", `"modified":"absent","definition_type":"statement","definition":{"statement":"s"},"object_marking_refs":[` + self + `],"granular_markings":[{"marking_ref":` + self + `,"selectors":["definition"]}]`,
			[]string{"reference /granular_markings/0/marking_ref", "reference /object_marking_refs/0"}},
		{"tool", `"name":"x","granular_markings":[{"marking_ref":` + self + `,"lang":"de","selectors":["name"]}]`, []string{"prohibited /granular_markings/0/marking_ref"}},
		{"tool", `"name":"x","labels":["a"],"granular_markings":[{"lang":"de","selectors":["labels.[0]","labels.[00]","labels.[1]","[0]","name.","","id"]}]`,
			[]string{"selector /granular_markings/0/selectors/1", "selector /granular_markings/0/selectors/2", "selector /granular_markings/0/selectors/3", "selector /granular_markings/0/selectors/4", "selector /granular_markings/0/selectors/5"}},
		{"tool", `"name":"x","granular_markings":[{"lang":"xx","selectors":["name",5]}]`, []string{"format /granular_markings/0/lang", "value-type /granular_markings/0/selectors/1"}},
	})
}

func TestValidateLanguageContent(t *testing.T) {
	content := func(contents string) string {
		return `"object_ref":"tool--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70","contents":` + contents
	}
	check(t, broken, []expectation{
		{"language-content", content(`{"de":{"name":"n","goals":["g",""]},"pt-BR":{"description":"d"}}`), nil},
		{"language-content", content(`{}`), []string{"empty /contents"}},
		{"language-content", content(`{"deutsch":{"name":"n"},"fr":{},"de":"n","en":{"name":5}}`),
			[]string{"empty /contents/fr", "format /contents/deutsch", "value-type /contents/de", "value-type /contents/en/name"}},
		{"language-content", `"object_ref":"bundle--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70","contents":{"de":{"name":"n"}}`, []string{"reference /object_ref"}},
	})
}

// The deprecated container of observables refers to its own keys.
func TestValidateContainer(t *testing.T) {
	observed := func(objects string) string {
		return `"first_observed":"2017-05-12T07:43:00Z","last_observed":"2017-05-12T07:43:00Z","number_observed":1,"objects":` + objects
	}
	check(t, broken, []expectation{
		{"observed-data", observed(`{"0":{"type":"file","name":"x","parent_directory_ref":"1"},"1":{"type":"directory","path":"/"}}`), nil},
		{"observed-data", observed(`{"0":{"type":"file","name":"x","parent_directory_ref":"0"},"1":{"type":"file","name":"x","parent_directory_ref":"7"}}`),
			[]string{"reference /objects/0/parent_directory_ref", "reference /objects/1/parent_directory_ref"}},
		{"observed-data", observed(`{"0":{"type":"artifact","payload_bin":"?"},"1":{"type":"tool","name":"x"},"2":5,"3":{"type":"?"}}`),
			[]string{"reference /objects/1/type", "type-name /objects/3/type", "value-type /objects/0/payload_bin", "value-type /objects/2"}},
		{"observed-data", observed(`{}`), []string{"empty /objects"}},
		{"observed-data", observed(`{"0":{"type":"url","value":"https://a.example"}}`) + `,"object_refs":["url--28bb3599-77cd-5a82-a950-b5bc3caf07c4"]`, []string{"prohibited /object_refs"}},
		{"observed-data", strings.Replace(observed(`1`), `"objects":1`, `"object_refs":["relationship--28bb3599-77cd-4a82-a950-b5bc3caf07c4"]`, 1), []string{"reference /object_refs"}},
	})
}

// An observable with versions has an identifier of its own (section 3.6).
func TestValidateVersionedObservable(t *testing.T) {
	const id = "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4" // of 198.51.100.3
	const modified = `"created":"2017-05-12T07:43:00.000Z","modified":"2017-05-12T07:43:00.000Z","value":"198.51.100.3","id":"`
	check(t, broken, []expectation{
		{"ipv4-addr", `"value":"198.51.100.3","id":"` + id + `"`, nil},
		{"ipv4-addr", modified + id + `"`, []string{"id /id"}},
		{"ipv4-addr", modified + `ipv4-addr--28bb3599-77cd-4a82-a950-b5bc3caf07c4"`, nil},
	})
}
