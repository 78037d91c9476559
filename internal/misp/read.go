package misp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/compose"
	"github.com/tocsin-project/tocsin/stix"
)

// Options say how events are taken.
type Options struct {
	TLP           access.TLP        // of what has no tlp: tag; GREEN if it is empty
	SharingGroups map[string]string // the communities of sharing groups, by UUID, name or id
}

// Item is an object that was made of a part of an event.
type Item struct {
	// Object has no header yet; of a part that cannot be taken it is the Problem.
	stix.Object
	Release Release
	Notes   []string // what a person should know of the conversion
}

// Limits of what is read.
const (
	maxDepth  = 48 // of nested arrays and objects within an event
	maxEvents = 100_000
)

// Read reads events: {"Event": {...}}, the same without the wrapper, a list of
// either, or {"response": [...]}. It calls each for every object made, and
// holds one event at a time. Errors are as those of stix.ReadBundle.
func Read(ctx context.Context, text io.Reader, opt Options, each func(Item) error) error {
	if opt.TLP == "" {
		opt.TLP = access.Green
	}
	lines := &compose.Lines{R: text}
	r := &reader{importer: importer{ctx: ctx, opt: opt, each: each, once: map[string]bool{}}, lines: lines, dec: jsontext.NewDecoder(lines)}
	return lines.Malformed(r.text())
}

type reader struct {
	importer
	lines  *compose.Lines
	dec    *jsontext.Decoder
	events int
}

func (r *reader) text() error {
	var err error
	switch kind := r.dec.PeekKind(); kind {
	case '[':
		err = r.list("")
	case '{':
		err = r.outermost()
	default:
		if _, err = r.dec.ReadToken(); err == nil {
			err = errNoEvents
		}
	}
	if err != nil {
		return err
	}
	if _, err := r.dec.ReadToken(); !errors.Is(err, io.EOF) {
		if err != nil {
			return err
		}
		return &stix.Error{Rule: stix.RuleTrailing, Offset: r.dec.InputOffset(), Message: "something follows the end of the JSON text; send one at a time"}
	}
	return nil
}

var errNoEvents = &stix.Error{Rule: stix.RuleMalformed, Message: `this is no MISP event: {"Event": {...}}, a list of those, or {"response": [...]}`}

// list reads a list of events.
func (r *reader) list(pointer string) error {
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	for i := 0; r.dec.PeekKind() != ']'; i++ {
		raw, line, err := r.value()
		if err != nil {
			return err
		}
		if err := r.wrapped(raw, pointer+"/"+strconv.Itoa(i), line); err != nil {
			return err
		}
	}
	_, err := r.dec.ReadToken()
	return err
}

func (r *reader) value() (jsontext.Value, int, error) {
	raw, err := r.dec.ReadValue()
	line, _ := r.lines.At(r.dec.InputOffset() - int64(len(raw)))
	return raw, line, err
}

// outermost reads the object that the text is: a wrapper, or an event itself.
func (r *reader) outermost() error {
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	bare, found := fields{}, false
	for r.dec.PeekKind() != '}' {
		name, err := r.dec.ReadToken()
		if err != nil {
			return err
		}
		key := name.String()
		if key == "response" && r.dec.PeekKind() == '[' {
			found = true
			if err := r.list("/response"); err != nil {
				return err
			}
			continue
		}
		raw, line, err := r.value()
		if err != nil {
			return err
		}
		switch key {
		case "response":
			found = true
			err = r.wrapped(raw, "/response", line)
		case "Event":
			found = true
			err = r.one(raw, "/Event", line)
		default:
			bare[key] = raw.Clone()
		}
		if err != nil {
			return err
		}
	}
	if _, err := r.dec.ReadToken(); err != nil || found {
		return err
	}
	if _, ok := bare["info"]; !ok {
		return errNoEvents
	}
	return r.event(bare, "", 1)
}

// wrapped reads {"Event": {...}}, or the event without it.
func (r *reader) wrapped(raw jsontext.Value, pointer string, line int) error {
	if m := parse(raw); m["Event"].Kind() == '{' {
		return r.one(m["Event"], pointer+"/Event", line)
	}
	return r.one(raw, pointer, line)
}

// one reads one event.
func (r *reader) one(raw jsontext.Value, pointer string, line int) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if r.events++; r.events > maxEvents {
		return &stix.Error{Pointer: pointer, Line: line, Column: 1, Rule: stix.RuleSize, Message: fmt.Sprintf("there are more than %d events; split it", maxEvents)}
	}
	m := parse(raw)
	switch {
	case m == nil:
		return r.problem(pointer, line, "an event is a JSON object, this is none")
	case m["info"] == nil && m["uuid"] == nil:
		return r.problem(pointer, line, "this is no event: it has neither info nor uuid")
	}
	return r.event(m, pointer, line)
}

// tooDeep says whether a well-formed text nests deeper than maxDepth.
func tooDeep(raw jsontext.Value) bool {
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}
