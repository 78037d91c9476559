package playbook_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemas holds text against the official JSON schemas of CACAO 2.0
// (github.com/oasis-open/cacao-json-schemas) where TOCSIN_CACAO_SCHEMAS names the
// folder that has them, by draft-07 as they say: in it their unevaluatedProperties,
// which would refuse every command, mean nothing. And always against what the specification requires.
func schemas(t *testing.T) func(text []byte) error {
	t.Helper()
	dir := os.Getenv("TOCSIN_CACAO_SCHEMAS")
	if dir == "" {
		t.Log("TOCSIN_CACAO_SCHEMAS names no folder: the official schemas are not tried")
		return required
	}
	const base = "https://raw.githubusercontent.com/oasis-open/cacao-json-schemas/main/schemas/"
	c := jsonschema.NewCompiler()
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return c.AddResource(base+filepath.ToSlash(name), doc)
	})
	if err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(base + "playbook.json")
	if err != nil {
		t.Fatal(err)
	}
	return func(text []byte) error {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return err
		}
		return errors.Join(schema.Validate(doc), required(text))
	}
}

// required is what the specification requires of each object that is written here
// (CACAO 2.0 CS01, sections 3.1, 4 to 9), and that every name leads somewhere.
func required(text []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	p := doc.(map[string]any)
	var errs []error
	needs := func(at string, object any, names ...string) map[string]any {
		o, _ := object.(map[string]any)
		for _, name := range names {
			if o[name] == nil {
				errs = append(errs, fmt.Errorf("%s: %s is missing", at, name))
			}
		}
		return o
	}
	needs("", doc, "type", "spec_version", "id", "name", "created_by", "created", "modified", "workflow_start", "workflow")
	steps := p["workflow"].(map[string]any)
	leads := func(at string, to any) {
		if id, ok := to.(string); ok && steps[id] == nil {
			errs = append(errs, fmt.Errorf("%s leads nowhere: %s", at, id))
		}
	}
	leads("workflow_start", p["workflow_start"])
	of := map[string][]string{"start": {"on_completion"}, "end": {}, "action": {"agent", "commands", "on_completion"}, "parallel": {"next_steps", "on_completion"}}
	for id, step := range steps {
		s := needs(id, step, "type")
		kind, _ := s["type"].(string)
		names, known := of[kind]
		name, number, _ := strings.Cut(id, "--")
		if uuid.Validate(number) != nil || !known || name != kind {
			errs = append(errs, fmt.Errorf("%s is of the type %q, or has no UUID", id, kind))
		}
		needs(id, step, names...)
		leads(id, s["on_completion"])
		next, _ := s["next_steps"].([]any)
		for _, to := range next {
			leads(id, to)
		}
		if agent, has := s["agent"].(string); has {
			a := needs(agent, p["agent_definitions"].(map[string]any)[agent], "type", "name")
			if a["type"] == "sector" {
				needs(agent, a, "sector")
			}
		}
		extensions, _ := s["step_extensions"].(map[string]any)
		for id := range extensions {
			needs(id, p["extension_definitions"].(map[string]any)[id], "type", "name", "created_by", "schema", "version")
		}
	}
	for _, id := range p["markings"].([]any) {
		needs("marking", p["data_marking_definitions"].(map[string]any)[id.(string)], "type", "id", "created_by", "created", "tlpv2_level")
	}
	return errors.Join(errs...)
}
