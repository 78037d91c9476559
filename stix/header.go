package stix

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Header is what every reader of an object needs to know of it, without
// decoding the rest. A property that the object lacks leaves its zero value.
type Header struct {
	Type, ID, SpecVersion, Name, Description string

	Created, Modified time.Time // UTC; zero where the object has none (SCOs)

	CreatedByRef string
	Revoked      bool
	Labels       []string
	Confidence   int // 0-100, -1 where the object gives none

	MarkingRefs         []string // object_marking_refs
	GranularMarkingRefs []string // granular_markings[].marking_ref: on parts of the object

	RelationshipType, SourceRef, TargetRef, SightingOfRef string

	Pattern, PatternType string

	Aliases     []string // aliases and x_mitre_aliases
	ExternalIDs []string // external_references[].external_id
}

// ParseHeader reads the header of one object. It rejects what is not one JSON
// object, duplicate keys and invalid UTF-8, and a common property whose value
// has the wrong JSON type or syntax; the error is an *Error with a JSON
// pointer into the object. Of an object whose type the specification does not
// define, properties other than the common ones may have any value; where it
// is not the expected one, the header leaves it out.
func ParseHeader(raw []byte) (Header, error) {
	return parseHeader(raw)
}

func parseHeader(raw []byte, opts ...jsontext.Options) (Header, error) {
	p := headerParsers.Get().(*headerParser)
	defer headerParsers.Put(p)
	return p.parse(raw, opts...)
}

func (p *headerParser) parse(raw []byte, opts ...jsontext.Options) (Header, error) {
	p.reset(raw, opts...)
	h := Header{Confidence: -1}
	if kind := p.dec.PeekKind(); kind != '{' {
		if _, err := p.dec.ReadValue(); err != nil {
			return h, syntaxError(err, raw)
		}
		return h, &Error{Rule: RuleNotObject, Message: fmt.Sprintf("a STIX object is a JSON object, this is %s", kindName(kind)), Section: "3"}
	}
	if _, err := p.dec.ReadToken(); err != nil {
		return h, syntaxError(err, raw)
	}
	for p.dec.PeekKind() != '}' {
		name, err := p.dec.ReadValue()
		if err != nil {
			return h, syntaxError(err, raw)
		}
		if err := p.property(&h, propertyName(name)); err != nil {
			return h, syntaxError(err, raw)
		}
	}
	if _, err := p.dec.ReadToken(); err != nil {
		return h, syntaxError(err, raw)
	}
	if err := p.end(); err != nil {
		return h, syntaxError(err, raw)
	}
	if p.wrong != nil && (p.wrongIsCommon || ClassOf(h.Type) != Custom) {
		return h, p.wrong
	}
	return h, nil
}

// property reads the value of the named property into its place. The error is
// that of the JSON text; a value of the wrong type is noted in p.wrong.
func (p *headerParser) property(h *Header, name string) error {
	switch name {
	case "type":
		return p.text(name, &h.Type)
	case "id":
		return p.text(name, &h.ID)
	case "spec_version":
		return p.text(name, &h.SpecVersion)
	case "created":
		return p.timestamp(name, &h.Created)
	case "modified":
		return p.timestamp(name, &h.Modified)
	case "created_by_ref":
		return p.text(name, &h.CreatedByRef)
	case "revoked":
		return p.boolean(name, &h.Revoked)
	case "labels":
		return p.texts(name, &h.Labels)
	case "confidence":
		return p.confidence(name, &h.Confidence)
	case "object_marking_refs":
		return p.texts(name, &h.MarkingRefs)
	case "external_references":
		return p.members(name, "external_id", &h.ExternalIDs)
	case "granular_markings":
		return p.members(name, "marking_ref", &h.GranularMarkingRefs)
	case "name":
		return p.text(name, &h.Name)
	case "description":
		return p.text(name, &h.Description)
	case "relationship_type":
		return p.text(name, &h.RelationshipType)
	case "source_ref":
		return p.text(name, &h.SourceRef)
	case "target_ref":
		return p.text(name, &h.TargetRef)
	case "sighting_of_ref":
		return p.text(name, &h.SightingOfRef)
	case "pattern":
		return p.text(name, &h.Pattern)
	case "pattern_type":
		return p.text(name, &h.PatternType)
	case "aliases", "x_mitre_aliases":
		return p.texts(name, &h.Aliases)
	}
	return p.dec.SkipValue()
}
