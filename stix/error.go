package stix

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Rule names what an Error is about, for programs that sort findings.
type Rule string

// Rules about the JSON text itself.
const (
	RuleMalformed    Rule = "json-malformed"
	RuleTruncated    Rule = "json-truncated"
	RuleDuplicateKey Rule = "json-duplicate-key"
	RuleUTF8         Rule = "json-utf8"
	RuleDepth        Rule = "json-depth"
	RuleTrailing     Rule = "json-trailing"
	RuleSize         Rule = "size"
	RuleObjectSize   Rule = "object-size"
)

// Rules about what the text says.
const (
	RuleNotBundle    Rule = "not-a-bundle"
	RuleNotObject    Rule = "not-an-object"
	RuleValueType    Rule = "value-type"
	RuleTimestamp    Rule = "timestamp"
	RuleID           Rule = "id"
	RuleRequired     Rule = "required"
	RuleProhibited   Rule = "prohibited"
	RuleSpecVersion  Rule = "spec-version"
	RuleReference    Rule = "reference"
	RuleRange        Rule = "range"
	RuleOrder        Rule = "order"
	RulePropertyName Rule = "property-name"
	RuleTypeName     Rule = "type-name"
	RuleEmpty        Rule = "empty"
	RuleVocabulary   Rule = "vocabulary"
	RulePattern      Rule = "pattern"
	RuleFormat       Rule = "format"       // a string that has not the form it should
	RuleSelector     Rule = "selector"     // of a granular marking
	RuleMarking      Rule = "marking"      // a marking that is not as it is given
	RuleExtension    Rule = "extension"    // one that does not belong there
	RuleCustom       Rule = "custom"       // a type or property that no extension describes
	RuleRelationship Rule = "relationship" // one that is not suggested
	RuleDeprecated   Rule = "deprecated"
	RuleAdvice       Rule = "advice" // a property that should be there
	RuleDuplicate    Rule = "duplicate"
	RuleMore         Rule = "more" // findings that are not listed
)

// Error says what is wrong, where, and what to do about it.
type Error struct {
	Pointer string // JSON pointer (RFC 6901) to the value, "" for the whole text
	Line    int    // from 1; 0 where it is not known
	Column  int    // in bytes, from 1; 0 where it is not known
	Offset  int64  // in bytes, from the beginning of the text
	Rule    Rule
	Message string // what is wrong and the remedy
	Section string // of the STIX 2.1 specification, "" where the rule is not from there
}

// Error is "place: message (STIX 2.1, section)".
func (e *Error) Error() string {
	var b strings.Builder
	if e.Pointer != "" {
		b.WriteString(e.Pointer)
	}
	if e.Line > 0 {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "(line %d, column %d)", e.Line, e.Column)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
	if e.Section != "" {
		b.WriteString(" (STIX 2.1, section " + e.Section + ")")
	}
	return b.String()
}

// syntaxError turns an error of the JSON decoder into an *Error. text is what
// was decoded, if it is at hand, to find line and column.
func syntaxError(err error, text []byte) error {
	if own := (*Error)(nil); errors.As(err, &own) {
		return own
	}
	e := &Error{Rule: RuleMalformed, Message: "malformed JSON: " + strings.TrimPrefix(err.Error(), "jsontext: ")}
	var syntax *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntax):
		e.Pointer, e.Offset = string(syntax.JSONPointer), syntax.ByteOffset
		describe(e, syntax)
		if e.Rule == RuleDepth || len(e.Pointer) > longestPointer {
			e.Pointer = toObject(e.Pointer)
		}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		e.Rule, e.Message, e.Offset = RuleTruncated, truncated, int64(len(text))
	default:
		return fmt.Errorf("read STIX: %w", err)
	}
	if text != nil {
		e.Line, e.Column = position(text, e.Offset)
	}
	return e
}

const truncated = "the text ends before the JSON value does; it was cut off on the way, send it again"

func describe(e *Error, syntax *jsontext.SyntacticError) {
	switch {
	case errors.Is(syntax, jsontext.ErrDuplicateName):
		key := e.Pointer[strings.LastIndexByte(e.Pointer, '/')+1:]
		e.Rule, e.Message = RuleDuplicateKey, fmt.Sprintf("key %s occurs twice in one object; keep one of them", strconv.Quote(shortened(key)))
	case errors.Is(syntax, io.ErrUnexpectedEOF):
		e.Rule, e.Message = RuleTruncated, truncated
		e.Pointer = strings.TrimSuffix(e.Pointer, "/") // of a key that has not been read
	case strings.Contains(syntax.Err.Error(), "max depth"): // the decoder's own bound, which no limit raises
		e.Rule, e.Message = RuleDepth, fmt.Sprintf("nested deeper than %d levels; flatten it", decoderDepth)
	case strings.Contains(syntax.Err.Error(), "UTF-8"):
		e.Rule, e.Message = RuleUTF8, "invalid UTF-8 in a string; STIX is UTF-8 only, convert the text first"
	default:
		e.Message = "malformed JSON: " + syntax.Err.Error()
	}
}

const (
	decoderDepth   = 10_000 // levels that package jsontext reads
	longestPointer = 512    // bytes; a text can be made whose pointers are as long as itself
	longestKey     = 64     // bytes of a key in a message
)

// toObject cuts a pointer down to the object that it leads into.
func toObject(pointer string) string {
	rest, ok := strings.CutPrefix(pointer, "/objects/")
	if !ok {
		return ""
	}
	number, _, _ := strings.Cut(rest, "/")
	if _, err := strconv.Atoi(number); err != nil {
		return ""
	}
	return "/objects/" + number
}

func shortened(key string) string {
	if len(key) <= longestKey {
		return key
	}
	return strings.ToValidUTF8(key[:longestKey], "") + "…"
}

// position is the line and the column of an offset, both from 1.
func position(text []byte, offset int64) (line, column int) {
	before := text[:min(max(offset, 0), int64(len(text)))]
	return 1 + bytes.Count(before, []byte{'\n'}), len(before) - bytes.LastIndexByte(before, '\n')
}

func kindName(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '[':
		return "an array"
	case '{':
		return "an object"
	}
	return "no JSON value"
}
