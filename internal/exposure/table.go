package exposure

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Bounds of a text that is read.
const (
	maxText   = 1 << 30 // bytes
	maxHeader = 64 << 10
	maxFields = 500
)

// table is a CSV text (RFC 4180) whose first record names the columns, in any order.
// Spreadsheets write ';' for ',' where the comma is a decimal sign, and may begin
// with a byte order mark.
type table struct {
	in      *csv.Reader
	columns []string // as they are written, without spaces around
	at      map[string]int
	fields  []string
	line    int // of the record at hand
	records int
}

func openTable(text io.Reader) (*table, error) {
	buffered := bufio.NewReaderSize(&bounded{r: text, left: maxText}, maxHeader)
	head, _ := buffered.Peek(maxHeader) // what is wrong is read again
	if bytes.HasPrefix(head, []byte("\uFEFF")) {
		_, _ = buffered.Discard(len("\uFEFF"))
		head = head[len("\uFEFF"):]
	}
	t := &table{in: csv.NewReader(buffered), at: map[string]int{}}
	t.in.ReuseRecord, t.in.FieldsPerRecord, t.in.TrimLeadingSpace = true, -1, true
	first, _, _ := bytes.Cut(head, []byte("\n"))
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		t.in.Comma = ';'
	}
	names, err := t.in.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%w: the text is empty: the first line has to name the columns", access.ErrInvalid)
	case err != nil:
		return nil, unreadable(err)
	case len(names) > maxFields:
		return nil, fmt.Errorf("%w: line 1: %d columns, at most %d are read", access.ErrInvalid, len(names), maxFields)
	}
	for i, name := range names {
		name = strings.Clone(strings.TrimSpace(name))
		t.columns = append(t.columns, name)
		if _, twice := t.at[fold(name)]; twice && name != "" {
			return nil, fmt.Errorf("%w: line 1: the column %.40q is there twice", access.ErrInvalid, name)
		}
		t.at[fold(name)] = i
	}
	return t, nil
}

// fold makes names of columns equal that people would take for the same.
func fold(name string) string {
	return strings.Map(func(c rune) rune {
		if c == ' ' || c == '-' {
			return '_'
		}
		return c
	}, strings.ToLower(name))
}

// column is where the first of some columns is that is there; -1: none.
func (t *table) column(names ...string) int {
	for _, n := range names {
		if at, there := t.at[fold(n)]; there {
			return at
		}
	}
	return -1
}

// next reads a record; false at the end. Records of empty fields are passed over.
func (t *table) next(ctx context.Context) (bool, error) {
	for {
		if t.records++; t.records%1024 == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		fields, err := t.in.Read()
		switch {
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil:
			return false, unreadable(err)
		}
		t.line, _ = t.in.FieldPos(0)
		t.fields = fields
		if !slices.ContainsFunc(fields, func(f string) bool { return strings.TrimSpace(f) != "" }) {
			continue
		}
		if len(fields) != len(t.columns) {
			return false, fmt.Errorf("%w: line %d has %d fields, the header has %d: it was cut off, or a field with a separator or a quotation mark is not quoted", access.ErrInvalid, t.line, len(fields), len(t.columns))
		}
		return true, nil
	}
}

// text is the field of a column; "" if there is no such column.
func (t *table) text(column int) string {
	if column < 0 {
		return ""
	}
	return strings.TrimSpace(t.fields[column])
}

// wrong is an error about the field of a column.
func (t *table) wrong(column int, format string, args ...any) error {
	return fmt.Errorf("line %d, column %s: %w: %w", t.line, t.columns[column], access.ErrInvalid, fmt.Errorf(format, args...))
}

func unreadable(err error) error {
	var unclear *csv.ParseError
	switch {
	case errors.As(err, &unclear) && (errors.Is(err, csv.ErrBareQuote) || errors.Is(err, csv.ErrQuote)):
		return fmt.Errorf("%w: line %d: a quotation mark stands where none may: write a field with one as \"a \"\"b\"\" c\"", access.ErrInvalid, unclear.Line)
	case errors.As(err, &unclear):
		return fmt.Errorf("%w: line %d: %w", access.ErrInvalid, unclear.Line, unclear.Err)
	}
	return err
}

// bounded reads at most so many bytes, and fails beyond.
type bounded struct {
	r      io.Reader
	left   int64
	failed error // what reading ended with, other than the end
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		b.failed = fmt.Errorf("%w: the text is longer than %d bytes", access.ErrInvalid, int64(maxText))
		return 0, b.failed
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		b.failed = err
	}
	return n, err
}

// isUTF8 says whether all fields at hand are.
func (t *table) isUTF8() bool {
	return !slices.ContainsFunc(t.fields, func(f string) bool { return !utf8.ValidString(f) })
}
