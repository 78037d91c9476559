package intake

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/tabular"
	"github.com/tocsin-project/tocsin/stix"
)

// headSize is how much of a text is looked at to find out its format.
const headSize = 32 << 10

// guess finds out the format from the first bytes. JSON is told by its keys;
// CSV only where its columns are declared or are those of a known form;
// anything else is a plain list, whose every line has to be a value. What is
// not clear is read as STIX, which says best what is wrong.
func guess(text *bufio.Reader, mapped bool) Format {
	for n := 512; ; n *= 8 {
		head, err := text.Peek(min(n, headSize))
		if rest := bytes.TrimLeft(head, " \t\r\n"); len(rest) > 0 {
			if rest[0] == '{' || rest[0] == '[' {
				full, _ := text.Peek(headSize) // what is wrong is read again
				return guessJSON(full)
			}
			full, _ := text.Peek(headSize)
			return guessText(full, mapped)
		}
		if err != nil || n >= headSize {
			return STIX // nothing but white space: it says so best
		}
	}
}

func guessText(head []byte, mapped bool) Format {
	if form, ok := tabular.Recognise(head); ok {
		return Format(form)
	}
	switch trimmed := bytes.TrimLeft(head, " \t\r\n"); {
	case mapped:
		return CSV
	case trimmed[0] == '"':
		return STIX
	}
	return List
}

// guessJSON looks at the keys of the outermost object, or of the first element
// of the outermost list, as far as the head shows them.
func guessJSON(head []byte) Format {
	dec := jsontext.NewDecoder(bytes.NewReader(head))
	list := dec.PeekKind() == '['
	if list {
		_, _ = dec.ReadToken() // an error ends the list of keys
	}
	keys, inner := keysOf(dec, true)
	has := func(names ...string) bool {
		for _, n := range names {
			if !slices.Contains(keys, n) {
				return false
			}
		}
		return true
	}
	form, known := tabular.RecogniseJSON(keys)
	switch {
	case has("type"), has("objects"):
		return STIX
	case has("Event"), has("response"), has("info", "Attribute"), has("info", "Orgc"), has("info", "threat_level_id"):
		return MISP
	case known && list:
		return Format(form)
	case has("catalogVersion"), slices.Contains(inner, "cveID"):
		return KEV
	}
	if form, known = tabular.RecogniseJSON(inner); known && (numbered(keys) || has("query_status")) {
		return Format(form)
	}
	return STIX
}

// keysOf are the keys of the object that comes next, and those of the first
// object in the list under any of them.
func keysOf(dec *jsontext.Decoder, deeper bool) (keys, inner []string) {
	if dec.PeekKind() != '{' {
		return nil, nil
	}
	_, _ = dec.ReadToken() // it is there
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return keys, inner
		}
		keys = append(keys, name.String())
		if deeper && inner == nil && dec.PeekKind() == '[' {
			outside := dec.StackDepth()
			_, _ = dec.ReadToken() // it is there
			inner, _ = keysOf(dec, false)
			for dec.StackDepth() > outside {
				if _, err := dec.ReadToken(); err != nil {
					return keys, inner
				}
			}
			continue
		}
		if dec.SkipValue() != nil {
			return keys, inner
		}
	}
	_, _ = dec.ReadToken() // its end, if the head goes so far
	return keys, inner
}

// numbered says that the keys are the ids of an abuse.ch export.
func numbered(keys []string) bool {
	return !slices.ContainsFunc(keys, func(k string) bool { return k == "" || strings.Trim(k, "0123456789") != "" })
}

// Recognise says which format Read would take a text for, from its first bytes.
func Recognise(r io.Reader, s Submission) (Format, error) {
	if s.Format != Auto {
		return s.Format, nil
	}
	if s.MaxBytes <= 0 {
		s.MaxBytes = stix.DefaultBytes
	}
	text, err := unpack(r, s.MaxBytes)
	if err != nil {
		return Auto, refuse(nil, err)
	}
	return guess(text, s.Mapping != nil), nil
}
