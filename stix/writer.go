package stix

import "github.com/go-json-experiment/json/jsontext"

// writer writes one object or array; a nil value is left out.
type writer struct{ out jsontext.Value }

func (w *writer) begin(opening byte) { w.out = append(w.out, opening) }

func (w *writer) element(value jsontext.Value) {
	if value == nil {
		return
	}
	if len(w.out) > 1 {
		w.out = append(w.out, ',')
	}
	w.out = append(w.out, value...)
}

func (w *writer) member(name string, value jsontext.Value) {
	if value == nil {
		return
	}
	if len(w.out) > 1 {
		w.out = append(w.out, ',')
	}
	w.out, _ = jsontext.AppendQuote(w.out, name) // it has been read: it is valid UTF-8
	w.out = append(append(w.out, ':'), value...)
}

// exchange writes an object with another value for one member, or without the
// member if that is nil.
func exchange(object jsontext.Value, name string, other jsontext.Value) jsontext.Value {
	var w writer
	w.begin('{')
	members(object, func(n string, value []byte) {
		if n == name {
			value = other
		}
		w.member(n, value)
	})
	return append(w.out, '}')
}
