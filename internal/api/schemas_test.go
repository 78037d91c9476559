package api_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// schemas reads the part of JSON Schema 2020-12 that the document uses, and
// complains about any other.
type schemas struct{ doc map[string]any }

// keywords that the document may use; those that only explain are false.
var keywords = map[string]bool{
	"$ref": true, "type": true, "properties": true, "required": true, "additionalProperties": true, "items": true, "enum": true,
	"minimum": true, "maximum": true, "minItems": true, "maxItems": true, "minLength": true, "maxLength": true,
	"description": false, "format": false, "examples": false, "contentEncoding": false, "default": false,
}

func (s schemas) unsound(at string, schema any) (complaints []string) {
	is, ok := schema.(map[string]any)
	if !ok {
		if _, always := schema.(bool); always {
			return nil
		}
		return []string{at + ": a schema is an object or a boolean"}
	}
	for word, value := range is {
		if _, known := keywords[word]; !known {
			complaints = append(complaints, at+": this test does not know the keyword "+word)
		}
		switch word {
		case "properties":
			for name, one := range value.(map[string]any) {
				complaints = append(complaints, s.unsound(at+"/"+name, one)...)
			}
		case "items", "additionalProperties":
			complaints = append(complaints, s.unsound(at+"/"+word, value)...)
		case "required":
			properties, _ := is["properties"].(map[string]any)
			for _, name := range value.([]any) {
				if properties[name.(string)] == nil {
					complaints = append(complaints, fmt.Sprintf("%s: %s is required and not described", at, name))
				}
			}
		case "type":
			for _, name := range listOf(value) {
				if !slices.Contains([]any{"object", "array", "string", "number", "integer", "boolean", "null"}, name) {
					complaints = append(complaints, fmt.Sprintf("%s: no type is called %v", at, name))
				}
			}
		}
	}
	return complaints
}

func listOf(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// differs says in what a value is not what its schema says.
func (s schemas) differs(at string, schema, value any) (complaints []string) {
	is, ok := schema.(map[string]any)
	if !ok {
		if schema == false {
			return []string{at + ": nothing may be here"}
		}
		return nil
	}
	if ref, ok := is["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/components/schemas/")
		return s.differs(at, s.doc["components"].(map[string]any)["schemas"].(map[string]any)[name], value)
	}
	if want, ok := is["type"]; ok && !slices.ContainsFunc(listOf(want), func(name any) bool { return isA(name, value) }) {
		return []string{fmt.Sprintf("%s: %v is no %v", at, value, want)}
	}
	if allowed, ok := is["enum"].([]any); ok && !slices.Contains(allowed, value) {
		complaints = append(complaints, fmt.Sprintf("%s: %v is none of %v", at, value, allowed))
	}
	switch v := value.(type) {
	case []any:
		for i, one := range v {
			complaints = append(complaints, s.differs(fmt.Sprintf("%s/%d", at, i), is["items"], one)...)
		}
	case map[string]any:
		required, _ := is["required"].([]any)
		for _, name := range required {
			if _, there := v[name.(string)]; !there {
				complaints = append(complaints, fmt.Sprintf("%s: %s is missing", at, name))
			}
		}
		properties, _ := is["properties"].(map[string]any)
		for name, one := range v {
			described, known := properties[name]
			if !known {
				described = is["additionalProperties"]
			}
			complaints = append(complaints, s.differs(at+"/"+name, described, one)...)
		}
	}
	return complaints
}

func isA(name, value any) bool {
	switch v := value.(type) {
	case nil:
		return name == "null"
	case bool:
		return name == "boolean"
	case string:
		return name == "string"
	case float64:
		return name == "number" || name == "integer" && v == math.Trunc(v)
	case []any:
		return name == "array"
	case map[string]any:
		return name == "object"
	}
	return false
}

// The check sees what differs.
func TestSchemasAreRead(t *testing.T) {
	s := schemas{map[string]any{"components": map[string]any{"schemas": map[string]any{"Name": map[string]any{"type": "string"}}}}}
	schema := map[string]any{
		"type": "object", "required": []any{"name"}, "additionalProperties": false,
		"properties": map[string]any{"name": map[string]any{"$ref": "#/components/schemas/Name"}, "counts": map[string]any{"type": []any{"array", "null"}, "items": map[string]any{"type": "integer"}}},
	}
	for _, c := range []struct {
		value any
		sound bool
	}{
		{map[string]any{"name": "x"}, true},
		{map[string]any{"name": "x", "counts": nil}, true},
		{map[string]any{"name": "x", "counts": []any{1.0, 2.0}}, true},
		{map[string]any{"name": "x", "counts": []any{1.5}}, false},
		{map[string]any{"name": 1.0}, false},
		{map[string]any{}, false},
		{map[string]any{"name": "x", "more": 1.0}, false},
		{[]any{}, false},
	} {
		if got := s.differs("", schema, c.value); (len(got) == 0) != c.sound {
			t.Errorf("%v: complaints %q", c.value, got)
		}
	}
}
