package stix

import (
	"errors"
	"fmt"
	"sync"

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
// only finding. Raw is taken for well formed, as ReadBundle leaves it; use
// ValidateRaw for text of unknown origin. Patterns are not parsed: package
// pattern does that. What concerns several objects is for ValidateBundle.
func Validate(o Object) []Finding {
	if o.Problem != nil {
		return []Finding{{ID: o.ID, Err: o.Problem}}
	}
	v := validators.Get().(*validator)
	v.begin(&o)
	v.object()
	v.more()
	findings := v.findings
	v.end()
	return findings
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

var validators = sync.Pool{New: func() any { return new(validator) }}

// validator validates one object; it is used again for the next.
type validator struct {
	o         Object
	path      []step // from the object to what is being looked at
	top       fields
	frames    []*fields // for nested objects, by depth
	depth     int
	unknown   []member // properties that the table does not have
	extended  extended
	container map[string]string // the types of the objects beside this one, by key: see observed.go

	findings []Finding
	errors   []Error // room for those of findings
	count    [2]int  // of findings by level, those that are not listed included
}

// mostFindings is how many findings of a level are listed for one object.
const mostFindings = 100

func (v *validator) begin(o *Object) { v.o = *o }

// end forgets everything that belongs to the object or to the caller.
func (v *validator) end() {
	clear(v.unknown)
	*v = validator{path: v.path[:0], unknown: v.unknown[:0], frames: v.frames}
	validators.Put(v)
}

// object checks everything, in an order that puts the first things first.
func (v *validator) object() {
	if !v.typed() {
		return
	}
	v.top = fields{table: tableOf(v.o.Type), text: v.o.Raw}
	v.read(&v.top)
	v.identity()
	v.required(&v.top)
	v.tied(&v.top)
	v.own()
	v.customs()
}

// fields are an object's members by the index of their rules.
type fields struct {
	table   *table
	text    []byte
	present uint64
	at      [64]span
	others  int // members that the table does not have
}

// member is one that the table does not have.
type member struct{ name, value []byte }

func (f *fields) set(r *rule, at span) {
	f.present |= 1 << r.index
	f.at[r.index] = at
}

func (f *fields) has(name string) bool {
	r := f.table.rules[name]
	return r != nil && f.present&(1<<r.index) != 0
}

// get is the named member's value, nil if there is none.
func (f *fields) get(name string) jsontext.Value { return f.value(f.table.rules[name]) }

func (f *fields) value(r *rule) jsontext.Value {
	if r == nil || f.present&(1<<r.index) == 0 {
		return nil
	}
	at := f.at[r.index]
	return f.text[at.start:at.end]
}

// wrong notes a broken MUST. below is relative to what is being looked at.
func (v *validator) wrong(below string, rule Rule, section, format string, args ...any) {
	if v.counted(LevelError) {
		v.note(LevelError, below, rule, section, fmt.Sprintf(format, args...))
	}
}

// advise notes a SHOULD that is not followed.
func (v *validator) advise(below string, rule Rule, section, format string, args ...any) {
	if v.counted(LevelWarning) {
		v.note(LevelWarning, below, rule, section, fmt.Sprintf(format, args...))
	}
}

// hint is wrong or advise for a message that has been made.
func (v *validator) hint(level Level, below string, rule Rule, section, message string) {
	if v.counted(level) {
		v.note(level, below, rule, section, message)
	}
}

// counted counts a finding, and says whether it is to be listed.
func (v *validator) counted(level Level) bool {
	v.count[level]++
	return v.count[level] <= mostFindings
}

// more tells of the findings that are not listed.
func (v *validator) more() {
	for level, n := range v.count {
		if n > mostFindings {
			v.note(Level(level), "", RuleMore, "", fmt.Sprintf("%d more findings of this level are not listed; mend these first", n-mostFindings))
		}
	}
}

func (v *validator) note(level Level, below string, rule Rule, section, message string) {
	if len(v.errors) == cap(v.errors) {
		v.errors = make([]Error, 0, 8) // the findings point into the old ones
	}
	if v.findings == nil {
		v.findings = make([]Finding, 0, 8)
	}
	v.errors = append(v.errors, Error{
		Pointer: v.pointer(below), Line: v.o.Line, Column: 1,
		Rule: rule, Section: section, Message: message,
	})
	v.findings = append(v.findings, Finding{ID: v.o.ID, Level: level, Err: &v.errors[len(v.errors)-1]})
}
