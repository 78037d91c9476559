package stix_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/stix"
)

func TestValidateBundle(t *testing.T) {
	const id = `"id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d"`
	one := toolStart + `"name":"n"}`
	for text, want := range map[string][]string{
		`{"type":"bundle",` + id + `,"objects":[` + one + `]}`: nil,
		`{"type":"bundle",` + id + `}`:                         nil,
		`{"type":"bundle",` + id + `,"objects":[]}`:            {"error empty /objects"},
		`{"objects":[]}`: nil,
		`{"more":false}`: nil,
		`{"type":"bundle","objects":[` + one + `]}`:                                                                                    {"error required /id"},
		`{"type":"bundle","id":"x","objects":[` + one + `]}`:                                                                           {"error id /id"},
		`{"type":"bundle","id":"tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"}`:                                                          {"error id /id"},
		`{"type":"bundle",` + id + `,"spec_version":"2.0","x~":1}`:                                                                     {"warning custom /spec_version", "warning custom /x~0"},
		`{"type":"bundle",` + id + `,"objects":[` + one + `,` + one + `]}`:                                                             {"warning duplicate /objects/1/id"},
		`{"type":"bundle",` + id + `,"objects":[` + one + `,` + toolStart + `"name":"m"}]}`:                                            {"error duplicate /objects/1/id"},
		`{"type":"bundle",` + id + `,"objects":[` + one + `,` + strings.Replace(one, `"modified":"2017`, `"modified":"2018`, 1) + `]}`: nil,
		`{"type":"bundle",` + id + `,"objects":[5]}`:                                                                                   {"error not-an-object /objects/0"},
	} {
		var got []string
		note := func(findings []stix.Finding) {
			for _, f := range findings {
				got = append(got, f.Level.String()+" "+string(f.Err.Rule)+" "+f.Err.Pointer)
			}
		}
		about, err := stix.ValidateBundle(strings.NewReader(text), stix.Limits{}, func(_ stix.Object, findings []stix.Finding) error {
			note(findings)
			return nil
		})
		note(about)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", text, err, diff)
		}
	}
	if _, err := stix.ValidateBundle(strings.NewReader(`{"type":"bundle"`), stix.Limits{}, nil); err == nil {
		t.Error("a text that was cut off is read")
	}
}
