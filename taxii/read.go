package taxii

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// Envelope is what an envelope says beside its objects (section 3.7).
type Envelope struct {
	More bool
	Next string
}

// errNoEnvelope is the remedy for a body of another shape.
var errNoEnvelope = errors.New(`an envelope is a JSON object such as {"objects": [...]} (TAXII 2.1, section 3.7)`)

// ReadEnvelope reads an envelope from r and calls each with every object in
// it, one by one, without holding the others; i counts from 0. It rejects
// duplicate keys, invalid UTF-8, objects that are no JSON objects, and text
// after the end. A bundle is refused, with the remedy: its objects belong into
// an envelope. An error of each ends the reading and is returned as it is.
func ReadEnvelope(r io.Reader, each func(i int, raw jsontext.Value) error) (Envelope, error) {
	return readPage(r, "objects", '{', each)
}

// readPage reads an object that holds a page: a list of values of one kind, by
// its name, with more and next beside it.
func readPage(r io.Reader, list string, kind jsontext.Kind, each func(i int, raw jsontext.Value) error) (Envelope, error) {
	p := pageReader{d: jsontext.NewDecoder(r), list: list, kind: kind, each: each}
	if p.d.PeekKind() != '{' {
		if _, err := p.d.ReadToken(); errors.Is(err, io.EOF) {
			return Envelope{}, fmt.Errorf("the body is empty: %w", errNoEnvelope)
		} else if err != nil {
			return Envelope{}, fmt.Errorf("read envelope: %w", err)
		}
		return Envelope{}, errNoEnvelope
	}
	if _, err := p.d.ReadToken(); err != nil {
		return Envelope{}, fmt.Errorf("read envelope: %w", err)
	}
	for p.d.PeekKind() != '}' {
		name, err := p.d.ReadToken()
		if err != nil {
			return Envelope{}, fmt.Errorf("read envelope: %w", err)
		}
		if err := p.property(name.String()); err != nil {
			return Envelope{}, err
		}
	}
	if _, err := p.d.ReadToken(); err != nil {
		return Envelope{}, fmt.Errorf("read envelope: %w", err)
	}
	switch _, err := p.d.ReadToken(); {
	case err == nil:
		return Envelope{}, fmt.Errorf("read envelope: there is text after its end, at byte %d", p.d.InputOffset())
	case !errors.Is(err, io.EOF):
		return Envelope{}, fmt.Errorf("read envelope: after its end: %w", err)
	}
	return p.found, nil
}

type pageReader struct {
	d     *jsontext.Decoder
	list  string
	kind  jsontext.Kind
	each  func(int, jsontext.Value) error
	found Envelope
}

// property reads one property. Some servers write null for what they should
// leave out, and next as a number.
func (p *pageReader) property(name string) error {
	kind := p.d.PeekKind()
	if name == p.list && kind == '[' {
		return p.values()
	}
	value, err := p.d.ReadValue()
	switch {
	case err != nil:
		return fmt.Errorf("read envelope: %w", err)
	case name == "more" && (kind == 't' || kind == 'f'):
		p.found.More = kind == 't'
	case name == "next" && kind == '"':
		text, err := jsontext.AppendUnquote(nil, value)
		if err != nil {
			return fmt.Errorf("read envelope: /next: %w", err)
		}
		p.found.Next = string(text)
	case name == "next" && kind == '0':
		p.found.Next = string(value)
	case name == "type" && string(value) == `"bundle"`:
		return fmt.Errorf("this is a STIX bundle: %w", errNoEnvelope)
	case (name == p.list || name == "more" || name == "next") && kind != 'n':
		return fmt.Errorf("read envelope: /%s has the wrong type: %w", name, errNoEnvelope)
	}
	return nil // custom properties are allowed (section 7.1)
}

func (p *pageReader) values() error {
	if _, err := p.d.ReadToken(); err != nil {
		return fmt.Errorf("read envelope: %w", err)
	}
	for i := 0; p.d.PeekKind() != ']'; i++ {
		raw, err := p.d.ReadValue()
		if err != nil {
			return fmt.Errorf("read envelope: %w", err)
		}
		if raw.Kind() != p.kind {
			return fmt.Errorf("read envelope: /%s/%d is no JSON %s", p.list, i, map[jsontext.Kind]string{'{': "object", '"': "string"}[p.kind])
		}
		if err := p.each(i, raw.Clone()); err != nil {
			return err
		}
	}
	if _, err := p.d.ReadToken(); err != nil {
		return fmt.Errorf("read envelope: %w", err)
	}
	return nil
}
