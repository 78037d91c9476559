package contribution

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// IDOf is the id of the contribution that a body of KindAccepted is of, without a
// look at its objects; "" where it names none, as of one that was erased.
func IDOf(body []byte) string {
	dec := jsontext.NewDecoder(bytes.NewReader(body))
	if t, err := dec.ReadToken(); err != nil || t.Kind() != '{' {
		return ""
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return ""
		}
		if name.String() != "id" {
			if err := dec.SkipValue(); err != nil {
				return ""
			}
			continue
		}
		id, err := dec.ReadToken()
		if err != nil || id.Kind() != '"' {
			return ""
		}
		return id.String()
	}
	return ""
}
