package stix_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/stix"
)

// vectors reads a file of conformance vectors that lie beside the repository.
func vectors(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "shared", "vectors", name))
	if err != nil {
		t.Skipf("the conformance vectors are not at hand: %v", err)
	}
	if err := json.Unmarshal(text, into, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
}

func TestReferenceObservableIDs(t *testing.T) {
	var rows []struct {
		Type         string
		Contributing []string
		Properties   map[string]jsontext.Value
		ID, Source   string
	}
	vectors(t, "sco-id.json", &rows)
	if len(rows) == 0 {
		t.Error("there are no rows")
	}
	for _, r := range rows {
		properties := r.Properties
		if stix.ClassOf(r.Type) != stix.SCO {
			properties = map[string]jsontext.Value{}
			for _, name := range r.Contributing {
				if v, ok := r.Properties[name]; ok {
					properties[name] = v
				}
			}
		} else if got := stix.ContributingProperties(r.Type); !slices.Equal(got, r.Contributing) {
			t.Errorf("%s: %v contribute, want %v", r.Type, got, r.Contributing)
		}
		if got, err := stix.DeterministicID(r.Type, properties); err != nil || got != r.ID {
			t.Errorf("%s of %s: %s, want %s (%v)", r.Type, r.Source, got, r.ID, err)
		}
	}
}

func TestDeterministicID(t *testing.T) {
	id := func(objectType, properties string) string {
		t.Helper()
		var p map[string]jsontext.Value
		if err := json.Unmarshal([]byte(properties), &p); err != nil {
			t.Fatal(err)
		}
		got, err := stix.DeterministicID(objectType, p)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	// UUIDv5 of {"value":"198.51.100.3"}: the example of section 2.9.
	if got := id("ipv4-addr", `{"value":"198.51.100.3"}`); got != "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4" {
		t.Errorf("the example of the specification is %s", got)
	}
	one := id("file", `{"hashes":{"MD5":"x"}}`)
	if got := id("file", `{"hashes":{"SHA-256":"y","MD5":"x","AAA":"z"},"size":5}`); got != one {
		t.Errorf("of several hashes MD5 counts, got %s, want %s", got, one)
	}
	if id("file", `{"hashes":{"TLSH":"t","SSDEEP":"s"}}`) != id("file", `{"hashes":{"SSDEEP":"s"}}`) {
		t.Error("of other hashes the first by name counts")
	}
	if id("network-traffic", `{"protocols":["tcp"],"dst_port":4.45e2}`) != id("network-traffic", `{ "dst_port":445, "protocols":["\u0074cp"] }`) {
		t.Error("the same values written in another way have another id")
	}
	for objectType, properties := range map[string]map[string]jsontext.Value{
		"process": {"pid": jsontext.Value("5")}, "artifact": {"mime_type": jsontext.Value(`"x"`)},
	} {
		if got, err := stix.DeterministicID(objectType, properties); !errors.Is(err, stix.ErrNoContributing) {
			t.Errorf("%s: %s, %v", objectType, got, err)
		}
	}
	var about *stix.Error
	if _, err := stix.DeterministicID("autonomous-system", map[string]jsontext.Value{"number": jsontext.Value("1e999")}); !errors.As(err, &about) {
		t.Errorf("a number out of range: %v", err)
	}
}

func TestSplitID(t *testing.T) {
	for _, id := range []string{stix.NewID("indicator"), "x-a-b--6d1f8f4e-3b0a-5a58-9d3c-1e6f4c8b2a70", "tool--6D1F8F4E-3B0A-4A58-9D3C-1E6F4C8B2A70"} {
		objectType, u, err := stix.SplitID(id)
		if err != nil || stix.TypeOfID(id) != objectType || u.Version() < 4 {
			t.Errorf("%s: %q %v", id, objectType, err)
		}
	}
	for _, id := range []string{
		"", "tool", "tool-6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70", "tool--", "--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70",
		"Tool--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70", "to--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70", "tool--6d1f8f4e3b0a4a589d3c1e6f4c8b2a70",
		"tool--{6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70}", "tool--00000000-0000-0000-0000-000000000000", "tool--6d1f8f4e-3b0a-4a58-1d3c-1e6f4c8b2a70",
		"x--a--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70", "9tool--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70",
	} {
		if _, _, err := stix.SplitID(id); err == nil || stix.TypeOfID(id) != "" {
			t.Errorf("%q is taken for an identifier", id)
		}
	}
}

func TestCanonical(t *testing.T) {
	// The example of RFC 8785, section 3.2.2, shortened.
	got, err := stix.Canonical([]byte(`{"numbers":[333333333.33333329,1E30,4.50,2e-3,-0],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","a":"\ufb33"}`))
	want := "{\"a\":\"\ufb33\",\"numbers\":[333333333.3333333,1e+30,4.5,0.002,0],\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"
	if err != nil || string(got) != want {
		t.Errorf("%s, want %s (%v)", got, want, err)
	}
	for _, text := range []string{`[1e999]`, `{"a":-1e400}`, `{"a":1,"a":1}`, `{`, `["a" 1e999]`} {
		if got, err := stix.Canonical([]byte(text)); err == nil {
			t.Errorf("%s is %s", text, got)
		}
	}
	if got, err := stix.Canonical([]byte(`["1e999",1e-999]`)); err != nil || string(got) != `["1e999",0]` {
		t.Errorf("%s %v", got, err)
	}
}

func TestTLP(t *testing.T) {
	for id, want := range map[string]string{
		"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "clear",
		"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "green",
		"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "amber",
		"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "red",
	} {
		if got, ok := stix.TLPOf(id); !ok || got != want {
			t.Errorf("%s is %q, want %q", id, got, want)
		}
	}
	for _, name := range []string{"clear", "green", "amber", "amber+strict", "red"} {
		if got, ok := stix.TLPOf(stix.TLPMarking(name)); !ok || got != name {
			t.Errorf("%s is %q", name, got)
		}
	}
	if _, ok := stix.TLPOf(""); ok || stix.TLPMarking("white") != "" {
		t.Error("no marking is a level")
	}
}
