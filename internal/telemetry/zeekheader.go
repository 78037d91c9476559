package telemetry

import (
	"bytes"
	"fmt"
	"iter"
	"strconv"
	"strings"
)

// zeekHeader is what a log's header lines say (Zeek, "Log files: TSV format").
type zeekHeader struct {
	separator      byte
	set            string // between a set's or a vector's elements
	empty, unset   string
	path           string
	fields         []field // of the columns; none for what is not read
	names          []string
	kind           Kind
	given          bool // there was a header line
	separatorGiven bool
}

// maxColumns bounds the memory for a header.
const maxColumns = 1000

func newZeekHeader() zeekHeader {
	return zeekHeader{separator: '\t', set: ",", empty: "(empty)", unset: "-", kind: Other}
}

// read takes a header line. Those that it does not know say nothing about the
// lines: #types, #open, #close.
func (h *zeekHeader) read(line []byte) *lineError {
	name, value, _ := strings.Cut(strings.TrimSuffix(string(line), "\r"), string(h.separator))
	if rest, found := strings.CutPrefix(name, "#separator "); found { // which is always behind a space
		name, value = "#separator", rest
	}
	switch name {
	case "#separator":
		separator := unescapeZeek(value)
		if len(separator) != 1 {
			return &lineError{0, fmt.Sprintf("the separator %q is not one byte", value)}
		}
		*h = newZeekHeader()
		h.separator, h.separatorGiven = separator[0], true
	case "#set_separator":
		if value == "" {
			return &lineError{0, "the set separator is empty"}
		}
		h.set = unescapeZeek(value)
	case "#empty_field":
		h.empty = unescapeZeek(value)
	case "#unset_field":
		h.unset = unescapeZeek(value)
	case "#path":
		h.path = value
		h.choose()
	case "#fields":
		return h.columns(value)
	default:
		return nil
	}
	h.given = true
	return nil
}

// columns takes the names of the columns.
func (h *zeekHeader) columns(value string) *lineError {
	h.names, h.fields, h.given = nil, nil, true
	var given fieldSet
	names := strings.Split(value, string(h.separator))
	if len(names) > maxColumns {
		return &lineError{0, fmt.Sprintf("%d columns are more than the limit of %d", len(names), maxColumns)}
	}
	for _, name := range names {
		f := fieldNamed(inZeek, name)
		if f != none && given.has(f) {
			h.fields = nil
			return &lineError{0, fmt.Sprintf("the column %q is given twice", name)}
		}
		given.add(f)
		h.fields = append(h.fields, f)
	}
	h.names = names
	h.choose()
	return nil
}

func (h *zeekHeader) choose() {
	var given fieldSet
	for _, f := range h.fields {
		given.add(f)
	}
	h.kind = zeekKind(h.path, &given)
}

// text writes the header so that reading it comes to the same.
func (h *zeekHeader) text() []byte {
	if !h.given && !h.separatorGiven {
		return nil
	}
	between := string(h.separator)
	var b bytes.Buffer
	b.WriteString("#separator " + escapeZeek(between) + "\n")
	for _, line := range [][2]string{{"#set_separator", h.set}, {"#empty_field", h.empty}, {"#unset_field", h.unset}} {
		b.WriteString(line[0] + between + escapeZeek(line[1]) + "\n")
	}
	if h.path != "" {
		b.WriteString("#path" + between + h.path + "\n")
	}
	if h.names != nil {
		b.WriteString("#fields" + between + strings.Join(h.names, between) + "\n")
	}
	return b.Bytes()
}

// unescapeZeek undoes "\x09", and the two backslashes of one.
func unescapeZeek(text string) string {
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	var b []byte
	return string(appendUnescapedZeek(b, text))
}

func appendUnescapedZeek(b []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] != '\\' || i+1 == len(text):
			b = append(b, text[i])
		case text[i+1] == '\\':
			b = append(b, '\\')
			i++
		case text[i+1] == 'x' && i+3 < len(text):
			c, err := strconv.ParseUint(text[i+2:i+4], 16, 8)
			if err != nil {
				b = append(b, text[i])
				continue
			}
			b = append(b, byte(c))
			i += 3
		default:
			b = append(b, text[i])
		}
	}
	return b
}

// escapeZeek writes what is no plain character as "\x09".
func escapeZeek(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c > ' ' && c < 0x7f && c != '\\' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return b.String()
}

// linesOf are the lines of a text.
func linesOf(text []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for line := range bytes.Lines(text) {
			if line = bytes.TrimSuffix(line, []byte("\n")); len(line) > 0 && !yield(line) {
				return
			}
		}
	}
}
