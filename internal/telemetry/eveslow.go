package telemetry

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// node is a JSON value: text, number or literal, or an object's or an array's
// content in order.
type node struct {
	kind  jsontext.Kind
	text  string
	names []string // an object's, one for each value
	list  []node
}

// parseSlowly is the judge of what a line says: it builds the whole tree with
// jsontext and then looks for the fields. The scanner has to agree with it.
func parseSlowly(text []byte, in scope, r *record) *lineError {
	dec := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))
	root, err := readNode(dec)
	if err == nil {
		if _, err = dec.ReadToken(); errors.Is(err, io.EOF) {
			err = nil
		} else if err == nil {
			return &lineError{dec.InputOffset(), "more follows after the record"}
		}
	}
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		var syntax *jsontext.SyntacticError
		if errors.As(err, &syntax) {
			return &lineError{syntax.ByteOffset, fmt.Sprintf("not JSON: %v", syntax.Err)}
		}
		return &lineError{dec.InputOffset(), fmt.Sprintf("not JSON: %v", err)}
	}
	if root.kind != '{' {
		return &lineError{0, "not a JSON object"}
	}
	if twice := root.read(in, r); twice != "" {
		return &lineError{0, fmt.Sprintf("%q is given twice", twice)}
	}
	return nil
}

func readNode(dec *jsontext.Decoder) (node, error) {
	token, err := dec.ReadToken()
	if err != nil {
		return node{}, err
	}
	n := node{kind: token.Kind()}
	switch n.kind {
	case '{', '[':
		for dec.PeekKind() != '}' && dec.PeekKind() != ']' {
			if n.kind == '{' {
				name, err := dec.ReadToken()
				if err != nil {
					return n, err
				}
				n.names = append(n.names, name.String())
			}
			child, err := readNode(dec)
			if err != nil {
				return n, err
			}
			n.list = append(n.list, child)
		}
		_, err = dec.ReadToken()
	default:
		n.text = token.String()
	}
	return n, err
}

// read takes an object's fields into the record and returns the place of one
// that is given twice.
func (n *node) read(in scope, r *record) (twice string) {
	given := map[field]bool{}
	for i, name := range n.names {
		f := fieldNamed(in, name)
		if f == none {
			continue
		}
		if given[f] {
			return places[f]
		}
		given[f] = true
		if twice := n.list[i].readAs(f, r); twice != "" {
			return twice
		}
	}
	return ""
}

func (n *node) readAs(f field, r *record) (twice string) {
	m := &members[f]
	switch {
	case n.kind == '{' && m.want == wantObject:
		r.begin(f)
		if twice := n.read(m.into, r); twice != "" {
			return twice
		}
		r.end(f)
	case n.kind == '[' && (m.want == wantObject || m.list):
		for i := range n.list {
			if n.list[i].kind == '[' {
				r.wrongType(f)
			} else if twice := n.list[i].readAs(f, r); twice != "" {
				return twice
			}
		}
	default:
		r.put(f, kind(n.kind), n.text)
	}
	return ""
}
