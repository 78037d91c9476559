package stix

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// skip reads past an object that is too large to be held, and reports it. The
// decoder stands before it still.
func (b *bundleReader) skip(pointer string, before int64) error {
	unread := b.dec.UnreadBuffer()
	start := before + int64(len(unread)-len(bytes.TrimLeft(unread, ", \t\r\n")))
	problem := tooLarge(pointer, b.lim.ObjectBytes)
	problem.Offset = start
	problem.Line, problem.Column = b.src.position(start)
	b.src.atMost(before, 0)
	if err := b.dec.SkipValue(); err != nil {
		return err
	}
	return b.each(Object{Header: Header{Confidence: -1}, Pointer: pointer, Line: problem.Line, Problem: problem})
}

// hand passes one object on. start is its offset in the text.
func (b *bundleReader) hand(raw jsontext.Value, pointer string, start int64) error {
	line, column := b.src.position(start)
	o := Object{Raw: raw, Pointer: pointer, Line: line}
	if len(raw) > b.lim.ObjectBytes {
		o.Raw, o.Problem = nil, tooLarge("", b.lim.ObjectBytes)
	} else if o.Problem = tooDeep(raw, b.lim.Depth); o.Problem == nil {
		// That it is well formed was found when the value was read.
		o.Header, o.Problem = readHeader(raw)
	}
	if p := o.Problem; p != nil {
		within, col := position(raw, p.Offset)
		if within == 1 {
			col += column - 1
		}
		p.Pointer, p.Offset = pointer+p.Pointer, p.Offset+start
		p.Line, p.Column = line+within-1, col
	}
	return b.each(o)
}

// conclude decides what the outermost object was, now that it has been read.
func (b *bundleReader) conclude(start, end int64) error {
	switch {
	case b.objectType == "bundle":
		return nil
	case b.hasObjects && b.objectType == "":
		return nil
	case b.hasObjects:
		return &Error{Pointer: "/type", Offset: start, Rule: RuleNotBundle, Section: "8.1", Message: fmt.Sprintf("something with a list of objects has to have the type \"bundle\", not %q", b.objectType)}
	case b.objectType == "" && !b.foreign && (b.keys == 0 || b.paged):
		return nil // a TAXII envelope without objects
	case b.objectType == "":
		return &Error{Offset: start, Rule: RuleNotBundle, Section: "8.1", Message: `there is neither a "type" nor a list of "objects"; send a STIX bundle, a TAXII envelope or a STIX object`}
	}
	return b.hand(b.src.kept(start, end), "", start)
}

// locate gives the decoder's errors place and words.
func (b *bundleReader) locate(err error) error {
	if err == nil {
		return nil
	}
	var own *Error
	switch {
	case errors.As(err, &own):
	case errors.Is(err, errTextTooLarge):
		own = &Error{Rule: RuleSize, Offset: b.lim.Bytes, Message: fmt.Sprintf("the text is larger than %d bytes; split it, or raise the limit of bytes", b.lim.Bytes)}
	case errors.Is(err, errObjectTooLarge):
		own = tooLarge("", b.lim.ObjectBytes)
		own.Offset = b.src.from
	default:
		if !errors.As(syntaxError(err, nil), &own) {
			return err
		}
		if own.Rule == RuleTruncated && own.Offset == 0 {
			own.Offset = b.src.read
		}
	}
	if own.Line == 0 && own.Offset >= b.src.from {
		own.Line, own.Column = b.src.position(own.Offset)
	}
	return own
}

func tooLarge(pointer string, limit int) *Error {
	return &Error{Pointer: pointer, Rule: RuleObjectSize, Message: fmt.Sprintf("the object is larger than %d bytes; split it, or raise the limit of bytes an object", limit)}
}
