package telemetry

import (
	"strconv"
	"unsafe"
)

// record is what both parsers gather from one line before it is interpreted:
// the fields as they are written, in order of appearance.
type record struct {
	have fieldSet // the fields that were given
	text [fieldCount]string
	// count is of the fields that are numbers.
	count [fieldCount]int64

	kind          Kind   // of an EVE record, once it is known
	question      string // the first name asked for
	flat, element answer // of format 1, which has one a record; of dns.answers
	sawAnswers    bool   // dns.answers holds data; dns.grouped repeats it
	files         int    // begun so far

	named    []named
	mistyped field // the first with an unexpected type

	// arena holds text that is not in the line as such; strings point into it.
	arena []byte
}

// answer is a DNS resource record's type and data.
type answer struct{ kind, data string }

// class says how the text of a named value is to be read.
type class uint8

const (
	asNothing class = iota
	asDomain
	asAddress
	asHost // a domain or an address, perhaps with a port
	asMD5
	asSHA1
	asSHA256
	asFileName
	asSize
	asFingerprint
	asJA3
	asJA3S
	asJA4
	asEmail
	asLink
)

// named is a value that may be an observable, with its place.
type named struct {
	class  class
	field  field
	answer bool // the data of a DNS answer that the question resolves to
	object int  // of a file, its number
	text   string
}

func (r *record) reset() {
	r.have = fieldSet{}
	r.question, r.flat, r.element = "", answer{}, answer{}
	r.sawAnswers, r.files, r.mistyped, r.kind = false, 0, none, Other
	r.named, r.arena = r.named[:0], r.arena[:0]
}

// mark notes that a field was given.
func (r *record) mark(f field) { r.have.add(f) }

func (r *record) has(f field) bool { return r.have.has(f) }

// textOf is the text of a field, "" if it was not given.
func (r *record) textOf(f field) string {
	if !r.has(f) {
		return ""
	}
	return r.text[f]
}

// countOf is the number of a field, or what it is if it was not given.
func (r *record) countOf(f field, otherwise int64) int64 {
	if !r.has(f) {
		return otherwise
	}
	return r.count[f]
}

// begin and end bracket the members of the object that is a field's value.
func (r *record) begin(f field) {
	r.mark(f)
	switch f {
	case fDNS, fAnswer:
		r.flushFlat()
	case fAnswers:
		r.element = answer{}
	case fFile, fFiles:
		r.files++
	}
}

func (r *record) end(f field) {
	switch f {
	case fDNS, fAnswer:
		r.flushFlat()
	case fAnswers:
		r.sawAnswers = r.sawAnswers || r.element.data != ""
		r.flush(r.element, fAnswersData)
	}
}

func (r *record) flushFlat() {
	r.flush(r.flat, fAnswerData)
	r.flat = answer{}
}

// flush notes an answer's data where its type says that it is an address or a
// name. TXT and the like are text, and a name in them was not resolved.
func (r *record) flush(a answer, f field) {
	if a.data == "" {
		return
	}
	switch a.kind {
	case "A", "AAAA":
		r.named = append(r.named, named{class: asAddress, field: f, answer: true, text: a.data})
	case "CNAME", "DNAME":
		r.named = append(r.named, named{class: asDomain, field: f, answer: true, text: a.data})
	case "NS", "PTR", "MX":
		r.named = append(r.named, named{class: asDomain, field: f, text: a.data})
	}
}

// kind is the JSON kind of a value, as jsontext writes it; anything that is
// not read as such ('[', '{') stands for itself.
type kind byte

const (
	isText   kind = '"'
	isNumber kind = '0'
	isNull   kind = 'n'
	isTrue   kind = 't'
	isFalse  kind = 'f'
)

// put takes a scalar. One of the wrong type is noted and left out; null means
// that there is none.
func (r *record) put(f field, k kind, text string) {
	w := members[f].want
	switch {
	case k == isNull:
	case k == isText && (w == wantText || w == wantTime), k == isNumber && w == wantTime:
		r.putText(f, text)
	case (k == isTrue || k == isFalse) && w == wantBool:
		r.mark(f)
		r.count[f] = 0
		if k == isTrue {
			r.count[f] = 1
		}
	case k == isNumber && (w == wantCount || w == wantPort):
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 || w == wantPort && n > 65535 {
			r.wrongType(f)
			return
		}
		r.putNumber(f, n, text)
	default:
		r.wrongType(f)
	}
}

// putDigits is put of a number, which is nearly always a few digits.
func (r *record) putDigits(f field, text string) {
	if w := members[f].want; len(text) > 18 || w != wantPort && w != wantCount {
		r.put(f, isNumber, text)
		return
	}
	n := int64(0)
	for i := range len(text) {
		d := text[i] - '0'
		if d > 9 {
			r.put(f, isNumber, text)
			return
		}
		n = n*10 + int64(d)
	}
	if n > 65535 && members[f].want == wantPort {
		r.wrongType(f)
		return
	}
	r.putNumber(f, n, text)
}

func (r *record) wrongType(f field) {
	if r.mistyped == none {
		r.mistyped = f
	}
}

func (r *record) putNumber(f field, n int64, text string) {
	r.mark(f)
	r.count[f], r.text[f] = n, text
	if f == fFileSize || f == fFilesSize {
		r.name(asSize, f, text)
	}
}

// keep appends text to the arena by the function and returns it as a string
// that is valid until the record is reset.
func (r *record) keep(add func([]byte) []byte) string {
	start := len(r.arena)
	r.arena = add(r.arena)
	return view(r.arena[start:])
}

// view is b as a string that shares its memory: it changes when b does.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) } //nolint:gosec // a copy of every field would be most of the reading
