package endpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"
)

// walker goes through the one object of a line. What it returns as text is
// valid until the next line. A name that an object has twice, and text that is
// not UTF-8, are errors.
type walker struct {
	dec   jsontext.Decoder
	in    bytes.Buffer
	arena []byte // text without escapes; strings point into it
}

// lineError says why a line cannot be read, and where in it.
type lineError struct {
	offset int64
	reason string
}

func (e *lineError) Error() string { return e.reason }

// begin opens the line's object.
func (w *walker) begin(line []byte) error {
	w.in = *bytes.NewBuffer(line)
	w.dec.Reset(&w.in)
	w.arena = w.arena[:0]
	if kind := w.dec.PeekKind(); kind != '{' {
		if _, err := w.dec.ReadToken(); err != nil {
			return w.syntax(err)
		}
		return &lineError{0, "not a JSON object"}
	}
	return w.read()
}

// end makes sure that the line has no more than its object.
func (w *walker) end() error {
	at := w.dec.InputOffset()
	switch _, err := w.dec.ReadToken(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return w.syntax(err)
	}
	return &lineError{at, "more follows after the record"}
}

// read goes over the next token: the beginning or the end of an object or a
// list, or a value.
func (w *walker) read() error {
	if _, err := w.dec.ReadToken(); err != nil {
		return w.syntax(err)
	}
	if w.dec.StackDepth() > maxDepth {
		return &lineError{w.dec.InputOffset(), fmt.Sprintf("it nests deeper than %d", maxDepth)}
	}
	return nil
}

// next reads an object's next name; it is false at the object's end, which it
// goes over. The name is valid until the next read.
func (w *walker) next() (name []byte, more bool, err error) {
	if w.dec.PeekKind() == '}' {
		return nil, false, w.read()
	}
	raw, err := w.dec.ReadValue()
	if err != nil {
		return nil, false, w.syntax(err)
	}
	name = raw[1 : len(raw)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		if name, err = jsontext.AppendUnquote(nil, raw); err != nil {
			return nil, false, w.syntax(err)
		}
	}
	return name, true, nil
}

// element says whether the list has another element; at its end it goes over
// that.
func (w *walker) element() (more bool, err error) {
	switch w.dec.PeekKind() {
	case ']':
		return false, w.read()
	case 0:
		_, err = w.dec.ReadToken()
		return false, w.syntax(err)
	}
	return true, nil
}

// text reads a string, a number as it is written, or true or false; null is
// "". It is false for an object or a list, which it skips.
func (w *walker) text() (text string, ok bool, err error) {
	switch w.dec.PeekKind() {
	case '{', '[':
		return "", false, w.skip()
	case 'n':
		return "", true, w.read()
	}
	raw, err := w.dec.ReadValue()
	if err != nil {
		return "", false, w.syntax(err)
	}
	at := len(w.arena)
	if raw[0] != '"' {
		w.arena = append(w.arena, raw...)
	} else if w.arena, err = jsontext.AppendUnquote(w.arena, raw); err != nil {
		return "", false, w.syntax(err)
	}
	return w.kept(at), true, nil
}

// kept is what was added to the arena since it had the length.
func (w *walker) kept(since int) string {
	b := w.arena[since:]
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // events are valid until the next one, as their doc says
}

// lower is the text with ASCII letters in lower case.
func (w *walker) lower(text string) string {
	at := len(w.arena)
	for i := range len(text) {
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		w.arena = append(w.arena, c)
	}
	return w.kept(at)
}

// skip goes over a value.
func (w *walker) skip() error {
	if kind := w.dec.PeekKind(); kind != '{' && kind != '[' {
		return w.syntax(w.dec.SkipValue())
	}
	outside := w.dec.StackDepth()
	for {
		if err := w.read(); err != nil {
			return err
		}
		if w.dec.StackDepth() == outside {
			return nil
		}
	}
}

// syntax makes the decoder's error one of the line.
func (w *walker) syntax(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		return &lineError{syntax.ByteOffset, fmt.Sprintf("not JSON: %v", syntax.Err)}
	}
	return &lineError{w.dec.InputOffset(), fmt.Sprintf("not JSON: %v", err)}
}

// malformed counts the line that err is of.
func (r *reader) malformed(err error) {
	var at int64
	var line *lineError
	if errors.As(err, &line) {
		at = line.offset
	}
	r.lines.Malformed(at, err.Error())
}
