package stix

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// Level tells what the specification forbids from what it advises against.
type Level int

const (
	// LevelError is a MUST that is broken.
	LevelError Level = iota
	// LevelWarning is a SHOULD that is not followed.
	LevelWarning
)

// String is "error" or "warning".
func (l Level) String() string { return [...]string{"error", "warning"}[l] }

// Finding is one thing that is wrong with an object.
type Finding struct {
	ID    string // of the object, "" if it has none
	Level Level
	Err   *Error // its Pointer begins with the object's
}

// Validate holds an object against the specification and reports all that is
// wrong with it, nil if nothing is. An object with a Problem has that as its
// only finding. Patterns are not parsed: package pattern does that.
func Validate(o Object) []Finding {
	if o.Problem != nil {
		return []Finding{{ID: o.ID, Err: o.Problem}}
	}
	v := validator{o: o}
	v.common()
	v.properties()
	return v.findings
}

// ValidateRaw is Validate for one object's text.
func ValidateRaw(raw []byte) []Finding {
	o := Object{Raw: raw, Line: 1}
	h, err := ParseHeader(raw)
	o.Header = h
	if err != nil && !errors.As(err, &o.Problem) {
		o.Problem = &Error{Rule: RuleMalformed, Message: err.Error()}
	}
	return Validate(o)
}

type validator struct {
	o        Object
	table    *table
	present  map[string]jsontext.Value // the object's properties
	findings []Finding
}

// wrong notes a broken MUST. pointer is relative to the object.
func (v *validator) wrong(pointer string, rule Rule, section, format string, args ...any) {
	v.findings = append(v.findings, Finding{ID: v.o.ID, Err: &Error{
		Pointer: v.o.Pointer + pointer, Line: v.o.Line, Column: 1,
		Rule: rule, Section: section, Message: fmt.Sprintf(format, args...),
	}})
}

// common checks what the header shows (sections 2.9, 3.1, 3.2).
func (v *validator) common() {
	h := v.o.Header
	if h.Type == "" {
		v.wrong("/type", RuleRequired, "3.2", "type is missing; every STIX object has one")
		return
	}
	if !isTypeName(h.Type) {
		v.wrong("/type", RuleTypeName, "3.1", "type %.80q: use 3 to 250 lower-case letters, digits and single hyphens, a letter first", h.Type)
		return
	}
	if h.Type == "bundle" {
		v.wrong("/type", RuleTypeName, "8", "a bundle is no object; send its objects")
		return
	}
	if h.ID == "" {
		v.wrong("/id", RuleRequired, "3.3", "id is missing; every STIX object has one")
	} else if objectType, _, err := SplitID(h.ID); err != nil {
		v.wrong("/id", RuleID, "2.9", "%v", err)
	} else if objectType != h.Type {
		v.wrong("/id", RuleID, "2.9", "id %s does not begin with the object's type, %s", h.ID, h.Type)
	}
	// Version 2.0 has no spec_version; what it allowed is not always allowed today.
	// An observable may leave it out, and an observable of one's own has no created.
	optional := ClassOf(h.Type) == SCO || ClassOf(h.Type) == Custom && h.Created.IsZero()
	if h.SpecVersion != "2.1" && (h.SpecVersion != "" || !optional) {
		v.wrong("/spec_version", RuleSpecVersion, "3.2", "spec_version is %q, it has to be \"2.1\"; convert the object from STIX 2.0 first", cmp.Or(h.SpecVersion, "missing"))
	}
	if !h.Created.IsZero() && !h.Modified.IsZero() && h.Modified.Before(h.Created) {
		v.wrong("/modified", RuleOrder, "3.2", "modified is before created")
	}
	v.reference("/created_by_ref", h.CreatedByRef, "3.2", "identity")
	for i, ref := range h.MarkingRefs {
		v.reference(fmt.Sprintf("/object_marking_refs/%d", i), ref, "7.2.2", "marking-definition")
		if ref == h.ID {
			v.wrong(fmt.Sprintf("/object_marking_refs/%d", i), RuleReference, "3.2", "a marking definition cannot mark itself")
		}
	}
}

// reference checks an identifier that names another object of one of the types.
func (v *validator) reference(pointer, ref, section string, types ...string) {
	if ref == "" {
		return
	}
	objectType, _, err := SplitID(ref)
	if err != nil {
		v.wrong(pointer, RuleID, "2.9", "%v", err)
		return
	}
	for _, t := range types {
		if t == objectType {
			return
		}
	}
	if len(types) > 0 {
		v.wrong(pointer, RuleReference, section, "%s has to name %s", ref, types)
	}
}
