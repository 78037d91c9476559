package stix_test

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/stix"
)

func TestHeaderPAP(t *testing.T) {
	for labels, want := range map[string]string{
		`[]`: "", `["malware"]`: "", `["PAP:AMBER"]`: "amber", `["pap:white"]`: "clear", `["PAP:CLEAR","x","PAP:RED","PAP:GREEN"]`: "red", `["PAP:"]`: "", `["red"]`: "",
	} {
		h, err := stix.ParseHeader([]byte(`{"type":"tool","labels":` + labels + `}`))
		if err != nil || h.PAP != want {
			t.Errorf("%s: %q, %v, want %q", labels, h.PAP, err, want)
		}
	}
}

func TestPAPOf(t *testing.T) {
	for members, want := range map[string]string{
		`"name":"PAP:RED"`: "red",
		`"name":"pap:white","definition_type":"statement"`:                "clear",
		`"name":"x","definition_type":"PAP","definition":{"PAP":"AMBER"}`: "amber",
		`"definition_type":"pap","definition":{"pap":"PAP:GREEN"}`:        "green",
		`"definition_type":"pap","definition":{"pap":"purple"}`:           "",
		`"definition_type":"pap","definition":{"tlp":"red"}`:              "",
		`"definition_type":"tlp","definition":{"pap":"red"}`:              "",
		`"name":5,"definition_type":[],"definition":"red"`:                "",
		`"name":"TLP:RED"`: "",
	} {
		got, ok := stix.PAPOf(jsontext.Value(`{"type":"marking-definition",` + members + `}`))
		if got != want || ok != (want != "") {
			t.Errorf("%s: %q %v, want %q", members, got, ok, want)
		}
	}
	for _, text := range []string{`{"type":"tool","name":"PAP:RED"}`, `[]`, ``} {
		if got, ok := stix.PAPOf(jsontext.Value(text)); ok {
			t.Errorf("%s: %q", text, got)
		}
	}
}
