package tabular

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/compose"
	"github.com/tocsin-project/tocsin/stix"
)

// row is one row of a known form, by column; a JSON value that is no string is
// its text, null is "", and a list its elements with commas between them.
type row map[string]string

// maxEntry is the most bytes of one JSON entry.
const maxEntry = 256 << 10

// readRows calls take for each entry of a JSON text: those of the list under
// one of the names, of a list that is the whole text, and with keyed, of the
// lists or objects under any other name, which is then the entry's "id".
func readRows(ctx context.Context, text io.Reader, names []string, keyed bool, w *writer, take func(row, int, string) error) error {
	lines := &compose.Lines{R: text}
	d := &rowReader{ctx: ctx, lines: lines, dec: jsontext.NewDecoder(lines), w: w, take: take}
	return lines.Malformed(d.text(names, keyed))
}

type rowReader struct {
	ctx   context.Context
	lines *compose.Lines
	dec   *jsontext.Decoder
	w     *writer
	take  func(row, int, string) error
	rows  int
}

func (d *rowReader) text(names []string, keyed bool) error {
	switch kind := d.dec.PeekKind(); kind {
	case '[':
		if err := d.list("", ""); err != nil {
			return err
		}
		return d.end()
	case '{':
	default:
		if _, err := d.dec.ReadToken(); err != nil {
			return err
		}
		return &stix.Error{Rule: stix.RuleMalformed, Message: "this is neither a JSON object nor a list; check the format"}
	}
	if _, err := d.dec.ReadToken(); err != nil {
		return err
	}
	found := false
	status := ""
	for d.dec.PeekKind() != '}' {
		name, err := d.dec.ReadToken()
		if err != nil {
			return err
		}
		key := name.String()
		pointer := string(jsontext.Pointer("").AppendToken(key))
		switch kind := d.dec.PeekKind(); {
		case kind == '[' && slices.Contains(names, key):
			found, err = true, d.list(pointer, "")
		case keyed && kind == '[':
			found, err = true, d.list(pointer, key)
		case keyed && kind == '{':
			found, err = true, d.entry(pointer, key)
		default:
			var v jsontext.Value
			if v, err = d.dec.ReadValue(); err == nil && key == "query_status" {
				status = scalar(v)
			}
		}
		if err != nil {
			return err
		}
	}
	if _, err := d.dec.ReadToken(); err != nil {
		return err
	}
	if !found && status != "" {
		return &stix.Error{Rule: stix.RuleMalformed, Message: fmt.Sprintf("the source answered %.80q and no entries; ask it again", status)}
	}
	if !found && !keyed {
		return &stix.Error{Rule: stix.RuleMalformed, Message: fmt.Sprintf("there is no list under %q; check the format", names)}
	}
	return d.end()
}

// end wants nothing but white space after the text.
func (d *rowReader) end() error {
	if _, err := d.dec.ReadToken(); !errors.Is(err, io.EOF) {
		if err != nil {
			return err
		}
		return &stix.Error{Rule: stix.RuleTrailing, Offset: d.dec.InputOffset(), Message: "something follows the end of the JSON text; send one at a time"}
	}
	return nil
}

func (d *rowReader) list(pointer, id string) error {
	if _, err := d.dec.ReadToken(); err != nil {
		return err
	}
	for i := 0; d.dec.PeekKind() != ']'; i++ {
		if err := d.entry(pointer+"/"+strconv.Itoa(i), id); err != nil {
			return err
		}
	}
	_, err := d.dec.ReadToken()
	return err
}

// entry reads one element.
func (d *rowReader) entry(pointer, id string) error {
	if d.rows++; d.rows > maxRows {
		line, _ := d.lines.At(d.dec.InputOffset())
		return tooMany(line)
	}
	if err := d.ctx.Err(); err != nil {
		return err
	}
	raw, err := d.dec.ReadValue()
	if err != nil {
		return err
	}
	line, _ := d.lines.At(d.dec.InputOffset() - int64(len(raw)))
	if len(raw) > maxEntry {
		return d.w.problem(line, 0, pointer, stix.RuleObjectSize, fmt.Errorf("the entry is larger than %d bytes", maxEntry))
	}
	if raw.Kind() != '{' {
		return d.w.problem(line, 0, pointer, RuleRow, errors.New("the entry is no JSON object"))
	}
	r := row{}
	if id != "" {
		r["id"] = id
	}
	if err := flatten(raw, r); err != nil {
		return err
	}
	return d.take(r, line, pointer)
}
