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
func parseSlowly(text []byte, r *record) *lineError {
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
	if twice := root.read(inRoot, r); twice != "" {
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
	r.begin(in)
	given := map[field]bool{}
	for i, name := range n.names {
		f, into := member(in, name)
		if f == none {
			continue
		}
		if given[f] {
			return f.path(in == inFiles)
		}
		given[f] = true
		if twice := n.list[i].readAs(in, f, into, r); twice != "" {
			return twice
		}
	}
	r.end(in)
	return ""
}

func (n *node) readAs(in scope, f field, into scope, r *record) (twice string) {
	switch {
	case n.kind == '{' && into != 0:
		return n.read(into, r)
	case n.kind == '[' && (into != 0 || f.takesList()):
		for i := range n.list {
			if n.list[i].kind == '[' {
				r.wrongType(in, f)
			} else if twice := n.list[i].readAs(in, f, into, r); twice != "" {
				return twice
			}
		}
	default:
		r.put(in, f, kind(n.kind), n.text)
	}
	return ""
}
