package misp

import (
	"context"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/compose"
	"github.com/tocsin-project/tocsin/stix"
)

// definedAt is when the extension was defined.
var definedAt = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// RuleEvent is broken by what is no part of an event.
const RuleEvent stix.Rule = "misp"

// importer makes objects of events.
type importer struct {
	ctx     context.Context
	opt     Options
	each    func(Item) error
	once    map[string]bool // ids, and releases, of what is made once a reading
	defined bool
}

func (in *importer) problem(pointer string, line int, message string) error {
	return in.each(Item{Object: stix.Object{
		Header: stix.Header{Confidence: -1}, Pointer: pointer, Line: line,
		Problem: &stix.Error{Pointer: pointer, Line: line, Rule: RuleEvent, Message: message},
	}})
}

// place is where something stands in the text, and who may see it.
type place struct {
	pointer string
	line    int
	release Release
}

// emit hands an object on.
func (in *importer) emit(o *compose.Object, p place, notes ...string) error {
	raw, err := o.JSON()
	if err != nil {
		return in.problem(p.pointer, p.line, err.Error())
	}
	return in.made(raw, o.ID(), p, notes...)
}

func (in *importer) made(raw jsontext.Value, id string, p place, notes ...string) error {
	return in.each(Item{
		Object:  stix.Object{Header: stix.Header{ID: id}, Raw: raw, Pointer: p.pointer, Line: p.line},
		Release: p.release, Notes: notes,
	})
}

// single hands on what several elements may share, once for each release.
func (in *importer) single(o *compose.Object, p place) error {
	if !in.first(o.ID(), p.release) {
		return nil
	}
	return in.emit(o, p)
}

// first says whether it is asked about an id and a release for the first time.
func (in *importer) first(id string, r Release) bool {
	key := id + " " + r.String()
	seen := in.once[key]
	in.once[key] = true
	return !seen
}

// define hands on the extension's definition before the first event.
func (in *importer) define(line int) error {
	if in.defined {
		return nil
	}
	in.defined = true
	for _, o := range definition() {
		if err := in.emit(o, place{line: line, release: Release{TLP: "clear"}}); err != nil {
			return err
		}
	}
	return nil
}

// newest is the latest time in an element, of what stands in it only where
// that is not an element of its own.
func newest(m fields) time.Time {
	latest := m.seconds("timestamp")
	consider := func(t time.Time) {
		if t.After(latest) {
			latest = t
		}
	}
	consider(m.seconds("publish_timestamp"))
	for _, name := range []string{"Sighting", "ShadowAttribute", "ObjectReference"} {
		for _, raw := range m.list(name) {
			one := parse(raw)
			consider(one.seconds("timestamp"))
			consider(one.seconds("date_sighting"))
		}
	}
	return latest
}
