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

// decoders are used again for the next text.
var decoders = sync.Pool{New: func() any { return new(decoder) }}

type decoder struct {
	dec jsontext.Decoder
	buf bytes.Buffer
}

// wellFormed says whether a text is one JSON value without duplicate keys and
// in valid UTF-8.
func wellFormed(raw []byte) error {
	d := decoders.Get().(*decoder)
	defer func() {
		d.buf = bytes.Buffer{}
		decoders.Put(d)
	}()
	// The decoder reads a bytes.Buffer in place, without a copy.
	d.buf = *bytes.NewBuffer(raw)
	d.dec.Reset(&d.buf)
	if _, err := d.dec.ReadValue(); err != nil {
		return syntaxError(err, raw)
	}
	end := d.dec.InputOffset()
	if _, err := d.dec.ReadToken(); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		return syntaxError(err, raw)
	}
	trailing := &Error{Rule: RuleTrailing, Offset: end, Message: "something follows the object; send one object, or a bundle"}
	trailing.Line, trailing.Column = position(raw, end)
	return trailing
}

// headerParser reads one header.
type headerParser struct {
	h    Header
	raw  []byte
	name []byte // of the property that is being read
	at   int    // where its value begins

	wrong         *Error // the first value of the wrong type
	wrongIsCommon bool   // it is that of a common property
}

// note keeps what is wrong with the property's value, or with a part of it:
// below is where, as a JSON pointer within the value.
func (p *headerParser) note(below string, rule Rule, section, format string, args ...any) {
	common := commonProperties[string(p.name)]
	if p.wrong != nil && (p.wrongIsCommon || !common) {
		return
	}
	p.wrongIsCommon = common
	p.wrong = &Error{
		Pointer: "/" + escape(string(p.name)) + below, Offset: int64(p.at),
		Rule: rule, Section: section, Message: fmt.Sprintf(format, args...),
	}
}

func (p *headerParser) text(value []byte, into *string) { p.textAt("", value, into) }

func (p *headerParser) textAt(below string, value []byte, into *string) {
	if value[0] != '"' {
		p.note(below, RuleValueType, "2.15", "%s is %s, it has to be a string", p.name, kindName(kindOf(value)))
		return
	}
	*into = string(plain(value))
}

func (p *headerParser) timestamp(value []byte, into *time.Time) {
	if value[0] != '"' {
		p.note("", RuleValueType, "2.15", "%s is %s, it has to be a string", p.name, kindName(kindOf(value)))
		return
	}
	text := plain(value)
	at, ok := parseTimestamp(text)
	if !ok {
		p.note("", RuleTimestamp, "2.16", "%s: %s", p.name, timestampProblem(text))
		return
	}
	*into = at
}

func (p *headerParser) boolean(value []byte, into *bool) {
	if k := kindOf(value); k != 't' {
		p.note("", RuleValueType, "2.2", "%s is %s, it has to be true or false", p.name, kindName(k))
		return
	}
	*into = value[0] == 't'
}

func (p *headerParser) confidence(value []byte, into *int) {
	n, err := strconv.Atoi(string(value))
	if err != nil || n < 0 || n > 100 {
		p.note("", RuleRange, "3.2", "%s is %.20s, it has to be an integer from 0 to 100", p.name, value)
		return
	}
	*into = n
}

// list walks over an array.
func (p *headerParser) list(value []byte, each func(below string, element []byte)) {
	if value[0] != '[' {
		p.note("", RuleValueType, "2.12", "%s is %s, it has to be a list", p.name, kindName(kindOf(value)))
		return
	}
	elements(value, func(i int, e []byte) { each("/"+strconv.Itoa(i), e) })
}

func (p *headerParser) texts(value []byte, into *[]string) {
	p.list(value, func(below string, e []byte) {
		var text string
		before := p.wrong
		if p.textAt(below, e, &text); p.wrong == before {
			*into = append(*into, text)
		}
	})
}

// inEach reads one member, a string, of each object of an array.
func (p *headerParser) inEach(value []byte, name string, into *[]string) {
	p.list(value, func(below string, e []byte) {
		if e[0] != '{' {
			p.note(below, RuleValueType, "3.2", "an element of %s is %s, it has to be an object", p.name, kindName(kindOf(e)))
			return
		}
		for c := over(e); ; {
			key, member, ok := c.member()
			if !ok {
				return
			}
			if string(plain(key)) != name {
				continue
			}
			var text string
			before := p.wrong
			if p.textAt(below+"/"+name, member, &text); p.wrong == before {
				*into = append(*into, text)
			}
		}
	})
}
