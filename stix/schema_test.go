package stix_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The tables of this package were written by hand: hold them against the JSON
// schemas that OASIS publishes.
func TestTablesAgreeWithThePublishedSchemas(t *testing.T) {
	root := filepath.Join("..", "..", "shared", "data", "stix-schemas")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("the OASIS schemas are not at hand: %v", err)
	}
	type part struct {
		Properties map[string]jsontext.Value
		Required   []string
		AllOf      []part
	}
	var collect func(p part, properties map[string]bool, required map[string]bool)
	collect = func(p part, properties, required map[string]bool) {
		for name := range p.Properties {
			properties[name] = true
		}
		for _, name := range p.Required {
			required[name] = true
		}
		for _, q := range p.AllOf {
			collect(q, properties, required)
		}
	}
	seen := 0
	for _, folder := range []string{"sdos", "sros", "observables"} {
		files, err := filepath.Glob(filepath.Join(root, folder, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var schema part
			if err := json.Unmarshal(text, &schema, json.MatchCaseInsensitiveNames(true)); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			properties, required := map[string]bool{}, map[string]bool{}
			collect(schema, properties, required)
			objectType := strings.TrimSuffix(filepath.Base(file), ".json")
			seen++
			missing := map[string]bool{}
			for _, p := range broken(object(t, objectType, "")) {
				if name, ok := strings.CutPrefix(p, "required /"); ok {
					missing[name] = true
				}
			}
			for name := range properties {
				if slices.Contains([]string{"type", "id", "spec_version", "created", "modified", "action"}, name) {
					continue
				}
				if missing[name] != required[name] {
					t.Errorf("%s: %s is required %v, in the schema %v", objectType, name, missing[name], required[name])
				}
				found := slices.ContainsFunc(broken(object(t, objectType, fmt.Sprintf("%q:null", name))), func(p string) bool { return p == "value-type /"+name })
				if !found && name != "revoked" && name != "confidence" {
					t.Errorf("%s: %s is not in the table", objectType, name)
				}
			}
		}
	}
	if seen < 39 {
		t.Errorf("only %d schemas", seen)
	}
}
