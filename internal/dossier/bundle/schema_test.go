package bundle_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tocsin-project/tocsin/stix"
)

// schemas are those of OASIS for STIX 2.1, by the name of their file.
type schemas map[string]*jsonschema.Schema

// oasis reads the schemas below a folder, each under the id that it says of
// itself, by which the others refer to it.
func oasis(t *testing.T, root string) schemas {
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	ids := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return err
		}
		id := document.(map[string]any)["$id"].(string)
		ids[strings.TrimSuffix(d.Name(), ".json")] = id
		return compiler.AddResource(id, document)
	})
	if err != nil {
		t.Fatal(err)
	}
	compiled := schemas{}
	for name, id := range ids {
		if compiled[name], err = compiler.Compile(id); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return compiled
}

func parsed(t *testing.T, text []byte) map[string]any {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return document.(map[string]any)
}

// The tale's bundles at every turn, each object against its type's schema, and
// each bundle against the bundle's.
func TestBundlesPassTheSchemasOfOASIS(t *testing.T) {
	root := filepath.Join("..", "..", "..", "..", "shared", "data", "stix-schemas")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("the OASIS schemas are not at hand: %v", err)
	}
	schema := oasis(t, root)
	records := tale(t)
	types := map[string]bool{}
	for n := 1; n <= len(records); n++ {
		in := input(t, records, n)
		if n%2 == 0 {
			in.Case.Simulated = ""
		}
		text := render(t, in)
		for _, o := range objects(t, text) {
			object := parsed(t, o.raw)
			kind := object["type"].(string)
			types[kind] = true
			if err := schema[kind].Validate(object); err != nil {
				t.Errorf("%d records: %v in %s", n, err, o.raw)
			}
			object["id"] = kind + "--nobody"
			if schema[kind].Validate(object) == nil {
				t.Errorf("the schema of %s accepts a wrong object", kind)
			}
		}
		envelope := parsed(t, text)
		delete(envelope, "objects")
		if err := schema["bundle"].Validate(envelope); err != nil {
			t.Errorf("%d records: %v", n, err)
		}
	}
	if len(types) < 8 {
		t.Errorf("only %v were checked", types)
	}
}

// Our own rules go further than the schemas; what they only advise against is
// that identifiers are made from what they name.
func TestBundlesPassOurOwnRules(t *testing.T) {
	records := tale(t)
	for n := 1; n <= len(records); n++ {
		for _, o := range objects(t, render(t, input(t, records, n))) {
			for _, finding := range stix.ValidateRaw(o.raw) {
				if finding.Level == stix.LevelError || !strings.Contains(finding.Err.Error(), "should be a random UUID") {
					t.Errorf("%d records: %v in %s", n, finding.Err, o.raw)
				}
			}
		}
	}
}
