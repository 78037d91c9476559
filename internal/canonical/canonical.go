// Package canonical writes documents so that everybody writes the same bytes: JSON
// as RFC 8785 (JSON Canonicalization Scheme) has it.
package canonical

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// JSON is a document in canonical form.
func JSON(document any) (jsontext.Value, error) {
	text, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	value := jsontext.Value(text)
	err = value.Canonicalize() // in place, or into memory of its own
	return value, err
}
