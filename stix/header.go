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
	PAP          string // the tightest of labels such as "PAP:AMBER": "", "clear", "green", "amber" or "red"
	Confidence   int    // 0-100, -1 where the object gives none

	MarkingRefs         []string // object_marking_refs
	GranularMarkingRefs []string // granular_markings[].marking_ref: on parts of the object

	RelationshipType, SourceRef, TargetRef, SightingOfRef string

	Pattern, PatternType string

	Aliases     []string // aliases and x_mitre_aliases
	ExternalIDs []string // external_references[].external_id
}

// Version is when this version of the object was made: modified, or created for
// what cannot be modified, such as a marking definition; zero for what has
// neither (TAXII 2.1, section 3.4).
func (h Header) Version() time.Time {
	if h.Modified.IsZero() {
		return h.Created
	}
	return h.Modified
}

// ParseHeader reads the header of one object. It rejects what is not one JSON
// object, duplicate keys and invalid UTF-8, and a common property whose value
// has the wrong JSON type or syntax; the error is an *Error with a JSON
// pointer into the object. Of an object whose type the specification does not
// define, properties other than the common ones may have any value; where it
// is not the expected one, the header leaves it out.
func ParseHeader(raw []byte) (Header, error) {
	if err := wellFormed(raw); err != nil {
		return Header{Confidence: -1}, err
	}
	h, problem := readHeader(raw)
	if problem != nil {
		problem.Line, problem.Column = position(raw, problem.Offset)
		return h, problem
	}
	return h, nil
}

// readHeader reads the header of what has been found well formed.
func readHeader(raw []byte) (Header, *Error) {
	p := headerParser{h: Header{Confidence: -1}, raw: raw}
	if start := skipBlanks(raw, 0); start >= len(raw) || raw[start] != '{' {
		return p.h, &Error{Rule: RuleNotObject, Message: fmt.Sprintf("a STIX object is a JSON object, this is %s", kindName(jsontext.Value(raw).Kind())), Section: "3"}
	}
	for c := over(raw); ; {
		name, value, ok := c.member()
		if !ok {
			break
		}
		p.property(plain(name), value, c.at.start)
	}
	p.h.PAP = PAPOfLabels(p.h.Labels)
	if p.wrong != nil && (p.wrongIsCommon || ClassOf(p.h.Type) != Custom) {
		return p.h, p.wrong
	}
	return p.h, nil
}

// property reads the value of the named property, which begins at an offset,
// into its place. A value of the wrong type is noted.
func (p *headerParser) property(name, value []byte, at int) {
	p.name, p.at = name, at
	h := &p.h
	switch string(name) {
	case "type":
		p.text(value, &h.Type)
	case "id":
		p.text(value, &h.ID)
	case "spec_version":
		p.text(value, &h.SpecVersion)
	case "created":
		p.timestamp(value, &h.Created)
	case "modified":
		p.timestamp(value, &h.Modified)
	case "created_by_ref":
		p.text(value, &h.CreatedByRef)
	case "revoked":
		p.boolean(value, &h.Revoked)
	case "labels":
		p.texts(value, &h.Labels)
	case "confidence":
		p.confidence(value, &h.Confidence)
	case "object_marking_refs":
		p.texts(value, &h.MarkingRefs)
	case "external_references":
		p.inEach(value, "external_id", &h.ExternalIDs)
	case "granular_markings":
		p.inEach(value, "marking_ref", &h.GranularMarkingRefs)
	case "name":
		p.text(value, &h.Name)
	case "description":
		p.text(value, &h.Description)
	case "relationship_type":
		p.text(value, &h.RelationshipType)
	case "source_ref":
		p.text(value, &h.SourceRef)
	case "target_ref":
		p.text(value, &h.TargetRef)
	case "sighting_of_ref":
		p.text(value, &h.SightingOfRef)
	case "pattern":
		p.text(value, &h.Pattern)
	case "pattern_type":
		p.text(value, &h.PatternType)
	case "aliases", "x_mitre_aliases":
		p.texts(value, &h.Aliases)
	}
}
