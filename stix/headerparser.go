package stix

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

var headerParsers = sync.Pool{New: func() any { return new(headerParser) }}

// headerParser holds a decoder that is used again for the next object.
type headerParser struct {
	dec jsontext.Decoder
	buf bytes.Buffer

	wrong         *Error // the first value of the wrong type
	wrongIsCommon bool   // it is that of a common property
}

func (p *headerParser) reset(raw []byte, opts ...jsontext.Options) {
	// The decoder reads a bytes.Buffer in place, without a copy.
	p.buf = *bytes.NewBuffer(raw)
	p.dec.Reset(&p.buf, opts...)
	p.wrong, p.wrongIsCommon = nil, false
}

// end fails unless nothing but white space follows.
func (p *headerParser) end() error {
	_, err := p.dec.ReadToken()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	return &Error{Rule: RuleTrailing, Offset: p.dec.InputOffset(), Message: "something follows the object; send one object, or a bundle"}
}

// propertyName is what a quoted name says.
func propertyName(quoted jsontext.Value) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	name, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return string(quoted) // the decoder has checked it: this cannot be
	}
	return string(name)
}

func (p *headerParser) note(property string, rule Rule, section, format string, args ...any) {
	common := commonProperties[property]
	if p.wrong != nil && (p.wrongIsCommon || !common) {
		return
	}
	p.wrongIsCommon = common
	p.wrong = &Error{
		Pointer: string(p.dec.StackPointer()), Offset: p.dec.InputOffset(),
		Rule: rule, Section: section, Message: fmt.Sprintf(format, args...),
	}
}

func (p *headerParser) text(property string, into *string) error {
	v, err := p.dec.ReadValue()
	if err != nil {
		return err
	}
	if v.Kind() != '"' {
		p.note(property, RuleValueType, "2.15", "%s is %s, it has to be a string", property, kindName(v.Kind()))
		return nil
	}
	*into = propertyName(v)
	return nil
}

func (p *headerParser) timestamp(property string, into *time.Time) error {
	var text string
	before := p.wrong
	if err := p.text(property, &text); err != nil || p.wrong != before {
		return err
	}
	at, err := ParseTimestamp(text)
	if err != nil {
		p.note(property, RuleTimestamp, "2.16", "%s: %v", property, err)
		return nil
	}
	*into = at
	return nil
}

func (p *headerParser) boolean(property string, into *bool) error {
	v, err := p.dec.ReadValue()
	if err != nil {
		return err
	}
	if k := v.Kind(); k != 't' && k != 'f' {
		p.note(property, RuleValueType, "2.2", "%s is %s, it has to be true or false", property, kindName(k))
		return nil
	}
	*into = v.Kind() == 't'
	return nil
}

func (p *headerParser) confidence(property string, into *int) error {
	v, err := p.dec.ReadValue()
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(string(v))
	if err != nil || n < 0 || n > 100 {
		p.note(property, RuleRange, "3.2", "%s is %.20s, it has to be an integer from 0 to 100", property, v)
		return nil //nolint:nilerr // the reading goes on: what is wrong has been noted
	}
	*into = n
	return nil
}

func (p *headerParser) texts(property string, into *[]string) error {
	return p.list(property, func() error {
		var text string
		before := p.wrong
		if err := p.text(property, &text); err != nil || p.wrong != before {
			return err
		}
		*into = append(*into, text)
		return nil
	})
}

// list reads an array, each element by the function.
func (p *headerParser) list(property string, element func() error) error {
	if kind := p.dec.PeekKind(); kind != '[' {
		if err := p.dec.SkipValue(); err != nil {
			return err
		}
		p.note(property, RuleValueType, "2.12", "%s is %s, it has to be a list", property, kindName(kind))
		return nil
	}
	if _, err := p.dec.ReadToken(); err != nil {
		return err
	}
	for p.dec.PeekKind() != ']' {
		if err := element(); err != nil {
			return err
		}
	}
	_, err := p.dec.ReadToken()
	return err
}

// members reads one member, a string, of each object of an array.
func (p *headerParser) members(property, member string, into *[]string) error {
	return p.list(property, func() error {
		if kind := p.dec.PeekKind(); kind != '{' {
			if err := p.dec.SkipValue(); err != nil {
				return err
			}
			p.note(property, RuleValueType, "3.2", "an element of %s is %s, it has to be an object", property, kindName(kind))
			return nil
		}
		return p.eachMember(func(name string) error {
			if name != member {
				return p.dec.SkipValue()
			}
			var text string
			before := p.wrong
			if err := p.text(property, &text); err != nil || p.wrong != before {
				return err
			}
			*into = append(*into, text)
			return nil
		})
	})
}

// eachMember reads an object, each value by the function.
func (p *headerParser) eachMember(value func(name string) error) error {
	if _, err := p.dec.ReadToken(); err != nil {
		return err
	}
	for p.dec.PeekKind() != '}' {
		name, err := p.dec.ReadValue()
		if err != nil {
			return err
		}
		if err := value(propertyName(name)); err != nil {
			return err
		}
	}
	_, err := p.dec.ReadToken()
	return err
}
