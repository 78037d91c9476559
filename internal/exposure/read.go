package exposure

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/compose"
)

// columns are those of the CSV that ReadCSV reads, the first two needed.
var columns = []string{"vulnerability", "total", "product", "patched", "exposed", "unsupported", "unknown", "mitigated", "as_of", "note"}

// ReadCSV reads rows from CSV: the first line names the columns, in any order, of
// which vulnerability (or cve) and total are needed. A count that is not there is 0,
// asOf stands for a time that is not there. Times are RFC 3339 or days. What is wrong
// is ErrInvalid with line and column, and nothing is taken.
func ReadCSV(ctx context.Context, text io.Reader, asOf time.Time) ([]Row, error) {
	t, err := openTable(text)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i, name := range t.columns {
		known := fold(name)
		if known == "cve" {
			known = "vulnerability"
		}
		if _, twice := at[known]; twice || !slices.Contains(columns, known) {
			return nil, fmt.Errorf("%w: line 1, column %d: %.40q is no column that is read, or is there twice: use %s", access.ErrInvalid, i+1, name, strings.Join(columns, ", "))
		}
		at[known] = i
	}
	for _, needed := range columns[:2] {
		if _, there := at[needed]; !there {
			return nil, fmt.Errorf("%w: line 1: there is no column %s", access.ErrInvalid, needed)
		}
	}
	column := func(name string) int {
		if i, there := at[name]; there {
			return i
		}
		return -1
	}
	var g gathered
	for {
		more, err := t.next(ctx)
		if err != nil {
			return nil, err
		}
		if !more {
			return g.rows, nil
		}
		if !t.isUTF8() {
			return nil, fmt.Errorf("line %d: %w: it is not UTF-8: convert the text first", t.line, access.ErrInvalid)
		}
		r, err := t.row(column, asOf)
		if err == nil {
			err = g.add(r, fmt.Sprintf("line %d", t.line))
		}
		if err != nil {
			return nil, err
		}
	}
}

// row is the record at hand.
func (t *table) row(column func(string) int, asOf time.Time) (Row, error) {
	r := Row{
		Vulnerability: strings.Clone(t.text(column("vulnerability"))), Product: strings.Clone(t.text(column("product"))),
		Note: strings.Clone(t.text(column("note"))), AsOf: asOf,
	}
	for _, one := range r.named() {
		text := t.text(column(one.name))
		if text == "" {
			if one.name == columns[1] {
				return r, t.wrong(column(one.name), "it is empty: a number of hosts is needed")
			}
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return r, t.wrong(column(one.name), "%.40q is no number of hosts: use digits only", text)
		}
		*one.n = n
	}
	if text := t.text(column("as_of")); text != "" {
		at, err := ParseTime(text)
		if err != nil {
			return r, t.wrong(column("as_of"), "%w", err)
		}
		r.AsOf = at
	}
	return r, nil
}

// ParseTime reads a time as RFC 3339, or a day.
func ParseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%w: %.40q is no time: write 2017-05-12T07:44:00Z, or 2017-05-12", access.ErrInvalid, text)
}

// ReadJSON reads {"rows": [Row, ...]}, row by row. What is wrong is ErrInvalid with
// line and JSON pointer, and nothing is taken.
func ReadJSON(ctx context.Context, text io.Reader, asOf time.Time) ([]Row, error) {
	lines := &compose.Lines{R: &bounded{r: text, left: maxText}}
	dec := jsontext.NewDecoder(lines)
	var g gathered
	err := readRows(ctx, dec, lines, asOf, &g)
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("%w: %w", access.ErrInvalid, lines.Malformed(err))
	}
	if err != nil {
		return nil, err
	}
	return g.rows, nil
}

func readRows(ctx context.Context, dec *jsontext.Decoder, lines *compose.Lines, asOf time.Time, g *gathered) error {
	shape := fmt.Errorf(`%w: this is not {"rows": [...]}`, access.ErrInvalid)
	for _, want := range []string{"{", "rows", "["} {
		token, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if got := token.String(); got != want {
			return shape
		}
	}
	for i := 0; dec.PeekKind() != ']'; i++ {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		raw, err := dec.ReadValue()
		if err != nil {
			return err
		}
		line, _ := lines.At(dec.InputOffset() - int64(len(raw)))
		place := fmt.Sprintf("line %d, /rows/%d", line, i)
		r := Row{AsOf: asOf}
		if err := json.Unmarshal(raw, &r, json.RejectUnknownMembers(true)); err != nil {
			return fmt.Errorf("%s: %w: %w", place, access.ErrInvalid, err)
		}
		if err := g.add(r, place); err != nil {
			return err
		}
	}
	for _, want := range []jsontext.Kind{']', '}'} {
		token, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if token.Kind() != want {
			return shape
		}
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows the end of the JSON text", access.ErrInvalid)
	}
	return nil
}

// Format is a form in which exposure comes.
type Format string

// The forms that are read.
const (
	JSON         Format = "json"          // {"rows": [Row, ...]}
	CSV          Format = "csv"           // ReadCSV
	Nessus       Format = "nessus"        // ReadNessus
	GreenboneCSV Format = "greenbone-csv" // ReadGreenboneCSV
	GreenboneXML Format = "greenbone-xml" // ReadGreenboneXML
)

// Formats are all of them.
var Formats = []Format{JSON, CSV, Nessus, GreenboneCSV, GreenboneXML}

// Recognise says of which form a text is, by how it begins.
func Recognise(text *bufio.Reader) (Format, error) {
	head, _ := text.Peek(4096) // what is wrong is read again
	head = bytes.TrimPrefix(head, []byte("\uFEFF"))
	head = bytes.TrimLeft(head, " \t\r\n")
	first, _, _ := strings.Cut(strings.ToLower(string(head)), "\n")
	switch {
	case strings.HasPrefix(first, "{"):
		return JSON, nil
	case strings.HasPrefix(first, "<"):
		return GreenboneXML, nil
	case strings.Contains(first, "plugin"):
		return Nessus, nil
	case strings.Contains(first, "nvt oid"):
		return GreenboneCSV, nil
	case strings.Contains(first, "vulnerability") || strings.Contains(first, "cve"):
		return CSV, nil
	}
	return "", fmt.Errorf("%w: the text begins like none that is read: name its format, one of %v", access.ErrInvalid, Formats)
}

// Read reads a text of a form. Of a scanner's export nothing but counts is kept.
func Read(ctx context.Context, text io.Reader, format Format, o Options) ([]Row, Scanned, error) {
	var rows []Row
	var err error
	switch format {
	case JSON:
		rows, err = ReadJSON(ctx, text, o.AsOf)
	case CSV:
		rows, err = ReadCSV(ctx, text, o.AsOf)
	case Nessus:
		return ReadNessus(ctx, text, o)
	case GreenboneCSV:
		return ReadGreenboneCSV(ctx, text, o)
	case GreenboneXML:
		return ReadGreenboneXML(ctx, text, o)
	default:
		return nil, Scanned{}, fmt.Errorf("%w: unknown format %.40q: use one of %v", access.ErrInvalid, format, Formats)
	}
	if err == nil && (o.Hosts != 0 || o.Product != "") {
		err = fmt.Errorf("%w: hosts and product are for a scanner's export: rows say their own", access.ErrInvalid)
	}
	if err != nil {
		return nil, Scanned{}, err
	}
	return rows, Scanned{}, nil
}
