package stix_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/stix"
)

const example = `{"type": "bundle", "id": "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d", "objects": [
	{"type": "tool", "spec_version": "2.1", "id": "tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
	 "created": "2017-05-12T07:43:00.000Z", "modified": "2017-05-12T07:43:00.000Z", "name": "Tor", "tool_types": ["anonymity"]},
	{"type": "tool", "spec_version": "2.1", "id": "tool--3a1f7c52-9a5e-4d0b-8f6d-2f1f0c9f7a11",
	 "created": "2017-05-12T07:43:00.000Z", "modified": "2017-05-11T07:43:00.000Z"}
]}`

func ExampleReadBundle() {
	err := stix.ReadBundle(strings.NewReader(example), stix.Limits{}, func(o stix.Object) error {
		fmt.Printf("%s %s %q\n", o.Pointer, o.ID, o.Name)
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// /objects/0 tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f "Tor"
	// /objects/1 tool--3a1f7c52-9a5e-4d0b-8f6d-2f1f0c9f7a11 ""
}

func ExampleValidateBundle() {
	about, err := stix.ValidateBundle(strings.NewReader(example), stix.Limits{}, func(_ stix.Object, findings []stix.Finding) error {
		for _, f := range findings {
			fmt.Println(f.Level, f.Err)
		}
		return nil
	})
	fmt.Println(len(about), err)
	// Output:
	// warning /objects/0/tool_types/0 (line 2, column 1): tool_types is "anonymity", which is not in the open vocabulary tool-type-ov; take one of its values where one fits (STIX 2.1, section 10.26)
	// error /objects/1/modified (line 4, column 1): modified is before created (STIX 2.1, section 3.2)
	// error /objects/1/name (line 4, column 1): name is missing; every tool has it (STIX 2.1, section 4.18)
	// 0 <nil>
}

func ExampleValidateRaw() {
	for _, f := range stix.ValidateRaw([]byte(`{"type": "ipv4-addr", "id": "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4", "value": "198.51.100.256"}`)) {
		fmt.Println(f.Level, f.Err.Pointer, f.Err.Rule, f.Err.Section)
	}
	// Output:
	// error /value format 6.8
}

func ExampleDeterministicID() {
	id, err := stix.DeterministicID("ipv4-addr", map[string]jsontext.Value{"value": jsontext.Value(`"198.51.100.3"`)})
	fmt.Println(id, err)

	_, err = stix.DeterministicID("process", map[string]jsontext.Value{"pid": jsontext.Value(`314`)})
	fmt.Println(errors.Is(err, stix.ErrNoContributing), err)
	// Output:
	// ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4 <nil>
	// true identifier of process: no property contributes to the identifier
}

func ExampleRedact() {
	object := jsontext.Value(`{"type":"tool","spec_version":"2.1","id":"tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
		"created":"2017-05-12T07:43:00.000Z","modified":"2017-05-12T07:43:00.000Z","name":"Tor",
		"labels":["seen at a partner","anonymity"],
		"granular_markings":[{"marking_ref":"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1","selectors":["labels.[0]"]}]}`)
	upToAmber := func(markingRef string) bool {
		level, _ := stix.TLPOf(markingRef)
		return level == "red"
	}
	out, removed, err := stix.Redact(object, upToAmber)
	fmt.Println(removed, err)
	fmt.Println(string(out))
	// Output:
	// true <nil>
	// {"type":"tool","spec_version":"2.1","id":"tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created":"2017-05-12T07:43:00.000Z","modified":"2017-05-12T07:43:00.000Z","name":"Tor","labels":["anonymity"]}
}

func ExamplePAPOf() {
	fmt.Println(stix.PAPOf(jsontext.Value(`{"type":"marking-definition","name":"PAP:AMBER","definition_type":"statement"}`)))
	// Output:
	// amber true
}
