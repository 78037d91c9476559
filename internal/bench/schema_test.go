package bench

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// document is an OpenAPI 3.1 document, as far as requests follow from it.
type document struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	Parameters  []parameter `json:"parameters"`
	RequestBody struct {
		Content map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
}

type parameter struct {
	Name     string `json:"name"`
	In       string `json:"in"`
	Required bool   `json:"required"`
	Schema   schema `json:"schema"`
}

type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"` // a name, or a list of them
	Format     string            `json:"format"`
	Enum       []any             `json:"enum"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Items      *schema           `json:"items"`
	OneOf      []schema          `json:"oneOf"`
	AnyOf      []schema          `json:"anyOf"`
}

// known are values that mean something to the hub that is asked, by the name of
// what holds them.
type known map[string][]string

// value of a name; one of any if there is none of the name.
func (k known) value(r *rand.Rand, name string) string {
	if values := k[name]; len(values) > 0 {
		return pick(r, values)
	}
	return pick(r, k[pick(r, slices.Sorted(maps.Keys(k)))])
}

// example makes a value that a schema allows, with the values known by name.
func (d document) example(r *rand.Rand, k known, name string, s schema, depth int) any {
	if s.Ref != "" {
		s = d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	if either := append(slices.Clone(s.OneOf), s.AnyOf...); len(either) > 0 {
		return d.example(r, k, name, pick(r, either), depth+1)
	}
	if len(s.Enum) > 0 {
		return pick(r, s.Enum)
	}
	switch kind := typeOf(s); {
	case depth > 6:
		return nil
	case kind == "object" || len(s.Properties) > 0:
		object := map[string]any{}
		for _, property := range slices.Sorted(maps.Keys(s.Properties)) {
			if property != "$schema" && (slices.Contains(s.Required, property) || r.IntN(3) > 0) {
				object[property] = d.example(r, k, property, s.Properties[property], depth+1)
			}
		}
		return object
	case kind == "array":
		list := []any{}
		for range 1 + r.IntN(2) {
			if s.Items != nil {
				list = append(list, d.example(r, k, name, *s.Items, depth+1))
			}
		}
		return list
	case kind == "integer":
		return r.IntN(100)
	case kind == "number":
		return r.Float64()
	case kind == "boolean":
		return r.IntN(2) == 0
	case s.Format == "date-time":
		return "2017-05-12T08:00:00Z"
	}
	return k.value(r, name)
}

func typeOf(s schema) string {
	switch t := s.Type.(type) {
	case string:
		return t
	case []any: // the others of the list are "null"
		return fmt.Sprint(t[0])
	}
	return ""
}
