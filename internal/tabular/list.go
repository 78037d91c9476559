package tabular

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/stix"
)

const (
	maxLine = 8 << 10 // bytes of one line of a list
	maxRows = 500_000 // in one text: each becomes some 500 bytes of STIX
)

// ReadList reads one value a line; its type is inferred. What follows a '#' at
// the beginning of a line or after white space is a comment. A domain stands
// for its subdomains as well.
func ReadList(ctx context.Context, text *bufio.Reader, partner string, each Each) error {
	w := newWriter(partner, each)
	values := 0
	for n := 1; ; n++ {
		line, err := readLine(text)
		if errors.Is(err, io.EOF) && line == "" {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errLongLine) {
			return err
		}
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, errLongLine) {
			err = w.problem(n, 0, "", "line-length", fmt.Errorf("the line is longer than %d bytes; a list has one value a line", maxLine))
		} else if line = observable.Uncommented(line); line != "" {
			if values++; values > maxRows {
				return tooMany(n)
			}
			err = w.listed(n, line)
		} else {
			err = nil
		}
		if err != nil {
			return err
		}
	}
}

func tooMany(line int) error {
	return &stix.Error{Line: line, Column: 1, Rule: stix.RuleSize, Message: fmt.Sprintf("there are more than %d values; split it", maxRows)}
}

// listed takes or rejects what one line says.
func (w *writer) listed(line int, text string) error {
	if !utf8.ValidString(text) {
		return w.problem(line, 0, "", stix.RuleUTF8, errors.New("the line is not UTF-8; convert the list first"))
	}
	v, err := observable.Infer(text)
	if err != nil {
		return w.problem(line, 0, "", RuleValue, err)
	}
	r := record{value: v}
	if v.Type == observable.Domain {
		r.labels = []string{LabelSubdomains}
	}
	return w.write(r, line, "")
}

var errLongLine = errors.New("the line is too long")

// readLine reads to the end of a line and never holds more than maxLine of it.
func readLine(text *bufio.Reader) (string, error) {
	var line []byte
	long := false
	for {
		piece, err := text.ReadSlice('\n')
		if long = long || len(line)+len(piece) > maxLine; !long {
			line = append(line, piece...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil && !errors.Is(err, io.EOF):
			return "", err
		case long:
			return "", errLongLine
		default:
			return string(line), err
		}
	}
}
