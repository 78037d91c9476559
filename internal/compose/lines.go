package compose

import (
	"bytes"
	"errors"
	"io"
	"sort"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/stix"
)

// Lines passes a text on and notes where its lines end, so that an offset has
// a line.
type Lines struct {
	R    io.Reader
	read int64
	ends []int64 // offsets just behind each line feed
}

// Read reads on.
func (l *Lines) Read(p []byte) (int, error) {
	n, err := l.R.Read(p)
	for i := 0; i < n; {
		next := bytes.IndexByte(p[i:n], '\n')
		if next < 0 {
			break
		}
		i += next + 1
		l.ends = append(l.ends, l.read+int64(i))
	}
	l.read += int64(n)
	return n, err
}

// At is the line and the column of an offset, both from 1.
func (l *Lines) At(offset int64) (line, column int) {
	before := sort.Search(len(l.ends), func(i int) bool { return l.ends[i] > offset })
	start := int64(0)
	if before > 0 {
		start = l.ends[before-1]
	}
	return before + 1, int(offset-start) + 1
}

// longestPointer is the most bytes of a pointer in an error: a text can be
// made whose pointers are as long as itself.
const longestPointer = 512

// Malformed gives a JSON decoder's error words and a place, as a *stix.Error,
// and leaves any other as it is.
func (l *Lines) Malformed(err error) error {
	var syntax *jsontext.SyntacticError
	if !errors.As(err, &syntax) {
		if err == io.EOF || err == io.ErrUnexpectedEOF { //nolint:errorlint // the decoder's own, not a reader's
			line, column := l.At(l.read)
			return &stix.Error{Rule: stix.RuleTruncated, Offset: l.read, Line: line, Column: column, Message: truncated}
		}
		return err
	}
	e := &stix.Error{Rule: stix.RuleMalformed, Offset: syntax.ByteOffset, Message: "malformed JSON: " + syntax.Err.Error()}
	if len(syntax.JSONPointer) <= longestPointer {
		e.Pointer = string(syntax.JSONPointer)
	}
	switch {
	case errors.Is(syntax, jsontext.ErrDuplicateName):
		e.Rule, e.Message = stix.RuleDuplicateKey, "a key occurs twice in one object; keep one of them"
	case errors.Is(syntax, io.ErrUnexpectedEOF):
		e.Rule, e.Message = stix.RuleTruncated, truncated
	}
	e.Line, e.Column = l.At(e.Offset)
	return e
}

const truncated = "the text ends before the JSON value does; it was cut off on the way, send it again"
