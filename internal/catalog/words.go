package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/stix"
)

// relationshipType is the STIX type of a relation.
const relationshipType = "relationship"

// words is the text by which people find an object.
type words struct{ exact, name, aliases, ids, value, description string }

func (w words) empty() bool { return w == words{} }

func wordsOf(h stix.Header, raw []byte) words {
	w := words{
		name:        h.Name,
		aliases:     strings.Join(h.Aliases, "\n"),
		ids:         strings.Join(h.ExternalIDs, "\n"),
		value:       values(h.Pattern, h.PatternType),
		description: h.Description,
	}
	if stix.ClassOf(h.Type) == stix.SCO {
		values := observed(raw)
		w.value = strings.Join(values, "\n")
		if w.name == "" && len(values) > 0 {
			w.name = values[0]
		}
	}
	if w.value == w.name { // whoever looks for values looks for names as well
		w.value = ""
	}
	w.exact = exactWord(w.name)
	return w
}

// exactWord is a whole name as one word, in which letters of either case are
// the same; "" for no name.
func exactWord(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(name))
	return "x" + hex.EncodeToString(sum[:8])
}

// nameOf is what an object is called: its name, or of an observable its value.
func nameOf(h stix.Header, raw []byte) string {
	if h.Name != "" || stix.ClassOf(h.Type) != stix.SCO {
		return h.Name
	}
	if values := observed(raw); len(values) > 0 {
		return values[0]
	}
	return ""
}

// wordsFor is the words of a version by which anybody may find it: not those of
// parts that not every reader of the object may see, and none of a relationship,
// which would only repeat the names of its ends.
func wordsFor(h stix.Header, raw jsontext.Value) words {
	if h.Type == relationshipType {
		return words{}
	}
	if markedParts(h) {
		if raw = unmarked(raw); raw == nil {
			return words{}
		}
		var err error
		if h, err = stix.ParseHeader(raw); err != nil {
			return words{}
		}
	}
	return wordsOf(h, raw)
}

// values is the strings that a STIX pattern compares with, or the whole of a
// pattern in another language. The names of properties, which are the same in
// every pattern, are no words to look for.
func values(pattern, language string) string {
	if language != "stix" {
		return pattern
	}
	var b strings.Builder
	escaped, within := false, false
	for _, r := range pattern {
		switch {
		case escaped:
			b.WriteRune(r)
			escaped = false
		case within && r == '\\':
			escaped = true
		case r == '\'':
			if within = !within; within && b.Len() > 0 {
				b.WriteByte('\n')
			}
		case within:
			b.WriteRune(r)
		}
	}
	return b.String()
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
