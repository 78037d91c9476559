package catalog

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/stix"
)

// relationshipType is the STIX type of a relation. Its description is not
// searched: it repeats the names of its ends, and would crowd them out.
const relationshipType = "relationship"

// words is the text by which people find an object.
type words struct{ name, aliases, ids, value, description string }

func (w words) empty() bool { return w == words{} }

func wordsOf(h stix.Header, raw []byte) words {
	w := words{
		name:        h.Name,
		aliases:     strings.Join(h.Aliases, "\n"),
		ids:         strings.Join(h.ExternalIDs, "\n"),
		value:       h.Pattern,
		description: h.Description,
	}
	if stix.ClassOf(h.Type) == stix.SCO {
		values := observed(raw)
		w.value = strings.Join(values, "\n")
		if w.name == "" && len(values) > 0 {
			w.name = values[0]
		}
	}
	return w
}

// observed is the values of an observable that people search for: an address,
// a name, a path, the hashes. One that cannot be read has none.
func observed(raw []byte) []string {
	var sco struct {
		Value  string            `json:"value"`
		Path   string            `json:"path"`
		Key    string            `json:"key"`
		Hashes map[string]string `json:"hashes"`
	}
	if err := json.Unmarshal(raw, &sco); err != nil {
		return nil
	}
	var values []string
	for _, v := range []string{sco.Value, sco.Path, sco.Key} {
		if v != "" {
			values = append(values, v)
		}
	}
	for _, algorithm := range slices.Sorted(maps.Keys(sco.Hashes)) {
		values = append(values, sco.Hashes[algorithm])
	}
	return values
}
