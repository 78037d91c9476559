package stix

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrWithheld says that the hidden parts of an object cannot be taken out and
// leave an object that is valid and true: the whole of it is to be withheld.
var ErrWithheld = errors.New("the object cannot be shown without what is hidden")

// Redact takes out of an object what its granular markings (section 7.2.3)
// give a marking that is hidden, and says whether there was any. What remains
// keeps its bytes and its order; lists close up, lists and objects that have
// become empty go, so do references, phases and the like that lose what they
// cannot do without, and granular markings that select nothing any more; the
// selectors of the others are written anew where an index has moved. An object
// without granular markings comes back as it is, at once.
//
// It fails with ErrWithheld where the object cannot do without the hidden
// part: a required property, one that says what the object is or how it may be
// shared, one of which the object's identifier is made (a UUIDv5 tells a value
// that can be guessed), or a selector that leads nowhere, so that nobody knows
// what it hides. Any other error is malformed text. With an error, out is nil.
func Redact(raw jsontext.Value, hidden func(markingRef string) bool) (out jsontext.Value, removed bool, err error) {
	if !bytes.Contains(raw, []byte("granular_markings")) && !bytes.Contains(raw, []byte(`\u`)) {
		return raw, false, nil
	}
	h, err := ParseHeader(raw) // the text may come from anywhere: well formed, no key twice
	if err != nil {
		return nil, false, fmt.Errorf("redact: %w", err)
	}
	top := &part{}
	var markings jsontext.Value
	members(raw, func(name string, value []byte) {
		if name == "granular_markings" {
			markings = value
		}
	})
	parts, few := 0, true
	elements(markings, func(_ int, marking []byte) {
		ref, selectors := granularMarking(marking)
		if ref == "" || !hidden(ref) {
			return
		}
		for _, s := range selectors {
			few = few && top.hide(s, &parts)
		}
		removed = true
	})
	switch {
	case !removed:
		return raw, false, nil
	case !few:
		return nil, true, fmt.Errorf("redact %s: more than %d parts are hidden: %w", h.ID, manyParts, ErrWithheld)
	}
	out = top.cut(raw[skipBlanks(raw, 0):], tableOf(h.Type), false)
	if err := errors.Join(top.all(), top.keeps(h)); err != nil {
		return nil, true, fmt.Errorf("redact %s: %w", h.ID, err)
	}
	out = exchange(out, "granular_markings", top.moved(markings, hidden))
	if err := stillValid(h, raw, out); err != nil {
		return nil, true, fmt.Errorf("redact %s: %w", h.ID, err)
	}
	return out, true, nil
}

// granularMarking takes one granular marking apart.
func granularMarking(marking jsontext.Value) (ref string, selectors []string) {
	members(marking, func(name string, value []byte) {
		switch name {
		case "marking_ref":
			ref = textOf(value)
		case "selectors":
			elements(value, func(_ int, s []byte) { selectors = append(selectors, textOf(s)) })
		}
	})
	return ref, selectors
}

// kept are the properties that say what an object is, whether it still stands
// and how it may be shared: without one of them the rest would mislead.
var kept = []string{"type", "id", "spec_version", "created", "modified", "revoked", "object_marking_refs", "granular_markings"}

// keeps fails if any part is hidden of what is kept, or of what the object's
// identifier is made of.
func (p *part) keeps(h Header) error {
	whole := kept
	if _, u, err := SplitID(h.ID); err == nil && u.Version() == 5 {
		whole = slices.Concat(kept, contributing[h.Type])
	}
	for _, name := range whole {
		if p.under[name] != nil {
			return fmt.Errorf("%s, or a part of it, is hidden: %w", name, ErrWithheld)
		}
	}
	return nil
}

// stillValid fails if what was cut out leaves an object that breaks a rule
// that it did not break before, such as that it has a required property.
func stillValid(h Header, before, after jsontext.Value) error {
	had := map[Rule]int{}
	for _, f := range Validate(Object{Header: h, Raw: before}) {
		if f.Level == LevelError {
			had[f.Err.Rule]++
		}
	}
	rest, problem := readHeader(after)
	for _, f := range Validate(Object{Header: rest, Raw: after, Problem: problem}) {
		if f.Level != LevelError {
			continue
		}
		if had[f.Err.Rule]--; had[f.Err.Rule] < 0 {
			return fmt.Errorf("without it %w: %w", f.Err, ErrWithheld)
		}
	}
	return nil
}
