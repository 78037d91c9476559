package tabular

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// flatten puts the members of an object, which the decoder has read, into a row.
func flatten(raw jsontext.Value, r row) error {
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		key := name.String()
		value, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if value.Kind() == '[' {
			r[key] = joined(value)
		} else {
			r[key] = scalar(value)
		}
	}
	return nil
}

// scalar is a string's characters, "" for null, and the text of all else.
func scalar(v jsontext.Value) string {
	switch v.Kind() {
	case 'n':
		return ""
	case '"':
		text, err := jsontext.AppendUnquote(nil, v)
		if err != nil {
			return ""
		}
		return string(text)
	}
	return string(v)
}

// joined is a list's elements with commas between them.
func joined(list jsontext.Value) string {
	dec := jsontext.NewDecoder(bytes.NewReader(list))
	if _, err := dec.ReadToken(); err != nil {
		return ""
	}
	var all []string
	for dec.PeekKind() != ']' {
		v, err := dec.ReadValue()
		if err != nil {
			break
		}
		all = append(all, scalar(v))
	}
	return strings.Join(all, ",")
}
