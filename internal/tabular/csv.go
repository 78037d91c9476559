package tabular

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/stix"
)

// ReadCSV reads CSV (RFC 4180) as the mapping declares it.
func ReadCSV(ctx context.Context, text io.Reader, m Mapping, partner string, each Each) error {
	w := newWriter(partner, each)
	columns := m.Columns
	first := true
	return eachRecord(ctx, text, m.Delimiter, m.Comment, w, func(line int, fields []string, column func(int) int) error {
		if first && m.Header {
			first = false
			var err error
			if columns, err = m.locate(fields); err != nil {
				return &stix.Error{Line: line, Column: 1, Rule: stix.RuleMalformed, Message: err.Error()}
			}
			return nil
		}
		return w.mapped(columns, line, fields, column)
	})
}

// eachRecord takes CSV apart; a record that cannot be is a problem of w.
// column is where a field begins, in bytes from 1.
func eachRecord(ctx context.Context, text io.Reader, delimiter, comment rune, w *writer, take func(line int, fields []string, column func(int) int) error) error {
	in := csv.NewReader(text)
	in.ReuseRecord, in.FieldsPerRecord, in.TrimLeadingSpace = true, -1, true
	if delimiter != 0 {
		in.Comma = delimiter
	}
	in.Comment = comment
	for rows := 0; ; {
		fields, err := in.Read()
		var unclear *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &unclear):
			if err := w.problem(unclear.Line, unclear.Column, "", RuleRow, unquoted(unclear)); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		}
		line, _ := in.FieldPos(0)
		if rows++; rows > maxRows {
			return tooMany(line)
		}
		if rows%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := take(line, fields, func(i int) int { _, c := in.FieldPos(i); return c }); err != nil {
			return err
		}
	}
}

func unquoted(e *csv.ParseError) error {
	if errors.Is(e, csv.ErrBareQuote) || errors.Is(e, csv.ErrQuote) {
		return errors.New("a quotation mark stands where none may; write a field with one as \"a \"\"b\"\" c\"")
	}
	return e.Err
}

// mapped makes the indicators of one row.
func (w *writer) mapped(columns []Column, line int, fields []string, column func(int) int) error {
	var r record
	found := false
	for i, c := range columns {
		if i >= len(fields) || c.Kind == "" || isValue(c.Kind) {
			continue
		}
		if err := r.say(c.Kind, fields[i]); err != nil {
			return w.problem(line, column(i), "", RuleRow, fmt.Errorf("column %s: %w", c.Name, err))
		}
	}
	for i, c := range columns {
		if i >= len(fields) || !isValue(c.Kind) || strings.TrimSpace(fields[i]) == "" {
			continue
		}
		found = true
		one := r
		var err error
		if one.value, err = value(c.Kind, fields[i]); err != nil {
			err = w.problem(line, column(i), "", RuleValue, fmt.Errorf("column %s: %w", c.Name, err))
		} else {
			if c.Kind == "subdomains" {
				one.labels = append(one.labels[:len(one.labels):len(one.labels)], LabelSubdomains)
			}
			err = w.write(one, line, "")
		}
		if err != nil {
			return err
		}
	}
	if !found {
		return w.problem(line, 0, "", RuleRow, fmt.Errorf("the row has %d fields and none of the declared values in them", len(fields)))
	}
	return nil
}

func isValue(kind string) bool {
	_, ok := valueKinds[kind]
	return ok
}

func value(kind, text string) (observable.Value, error) {
	if !utf8.ValidString(text) {
		return observable.Value{}, errors.New("it is not UTF-8; convert the text first")
	}
	if t := valueKinds[kind]; t != "" {
		return observable.New(t, text)
	}
	v, err := observable.Infer(text)
	if err == nil && kind == "hash" && !v.Type.IsHash() {
		err = fmt.Errorf("%.80q is no MD5, SHA-1 or SHA-256", text)
	}
	return v, err
}

// say adds what a cell that is no value says.
func (r *record) say(kind, text string) (err error) {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	if !utf8.ValidString(text) {
		return errors.New("it is not UTF-8; convert the text first")
	}
	switch kind {
	case "first_seen":
		r.first, err = parseTime(text)
	case "last_seen":
		r.last, err = parseTime(text)
	case "description":
		r.description = text
	case "label":
		r.labels = append(r.labels, text)
	case "labels":
		r.labels = append(r.labels, strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(",;| ", c) })...)
	case "confidence":
		if r.confidence, err = strconv.Atoi(text); err != nil || r.confidence < 0 || r.confidence > 100 {
			err = fmt.Errorf("%.80q is no confidence from 0 to 100", text)
		}
	case "tlp":
		var level access.TLP
		level, err = access.ParseTLP(text)
		r.tlp = string(level)
	case "reference":
		r.references = append(r.references, reference{Source: "reference", URL: text})
	case "malware":
		r.malware = text
	case "id":
		r.references = append(r.references, reference{Source: "id", ID: text})
	}
	return err
}
