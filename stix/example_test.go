package stix_test

import (
	"fmt"
	"strings"

	"github.com/tocsin-project/tocsin/stix"
)

func ExampleReadBundle() {
	text := `{"type": "bundle", "id": "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d", "objects": [
		{"type": "tool", "spec_version": "2.1", "id": "tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
		 "created": "2017-05-12T07:43:00.000Z", "modified": "2017-05-12T07:43:00.000Z", "name": "Tor"},
		{"type": "tool", "spec_version": "2.1", "id": "tool--3a1f7c52-9a5e-4d0b-8f6d-2f1f0c9f7a11",
		 "created": "2017-05-12T07:43:00.000Z", "modified": "2017-05-11T07:43:00.000Z"}
	]}`
	err := stix.ReadBundle(strings.NewReader(text), stix.Limits{}, func(o stix.Object) error {
		fmt.Printf("%s %s %q\n", o.Pointer, o.Type, o.Name)
		for _, f := range stix.Validate(o) {
			fmt.Println(f.Level, f.Err)
		}
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// /objects/0 tool "Tor"
	// /objects/1 tool ""
	// error /objects/1/modified (line 4, column 1): modified is before created (STIX 2.1, section 3.2)
	// error /objects/1/name (line 4, column 1): name is missing; every tool has it (STIX 2.1, section 4.18)
}
