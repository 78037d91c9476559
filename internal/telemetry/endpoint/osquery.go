package endpoint

import (
	"errors"
	"io"

	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// Osquery reads osquery's result logs (osquery, "Logging"): a row a line with
// "columns", snapshots, and batches with "diffResults". What a row is about is
// told by its columns, not by the query's name, which is its author's choice.
//
// A line gives an event for each row that was added or is in a snapshot, and
// none for rows that were removed: they were told of when they came. Only the
// last event of a line has the line's end as its End; the others have its
// beginning, so that reading again from there misses no row.
type Osquery struct {
	reader
	result osqueryResult
	row    osqueryRow
	next   int // of the result's rows
}

// NewOsquery returns a reader of the results in r.
func NewOsquery(r io.Reader, opts telemetry.Options) *Osquery {
	return &Osquery{reader: newReader(r, opts)}
}

// Next returns the next row, or io.EOF after the last. Another error is the
// input's own; what was read before it has been returned. The event is valid
// until the next call.
func (o *Osquery) Next() (*telemetry.Event, error) {
	for o.next >= len(o.result.rows) {
		line, err := o.lines.Next()
		if err != nil {
			return nil, err
		}
		o.next = 0
		if err := o.result.parse(&o.json, line); err != nil {
			o.result.rows = o.result.rows[:0]
			o.malformed(err)
		} else if o.result.mistyped != "" {
			o.lines.Mistyped(o.result.mistyped)
		}
	}
	o.result.fill(&o.row, o.next)
	o.next++
	e := o.begin()
	if o.next < len(o.result.rows) {
		e.End = e.Offset
	}
	o.row.interpret(&o.made)
	o.row.fileAct(&o.made, o.result.host)
	return o.finish(o.row.time(), o.result.unixTime, o.result.calendarTime), nil
}

// osqueryResult is one line.
type osqueryResult struct {
	action, unixTime, calendarTime, host string

	cells    []cell
	rows     []int // where each row's cells end
	found    bool  // rows of some kind, perhaps none
	mistyped string
}

// cell is a column that is read, and its text.
type cell struct {
	column column
	text   string
}

var errNoResult = errors.New(`it has neither "columns" nor "snapshot" nor "diffResults"; want osquery's results log`)

func (r *osqueryResult) parse(w *walker, line []byte) error {
	*r = osqueryResult{cells: r.cells[:0], rows: r.rows[:0]}
	if err := w.begin(line); err != nil {
		return err
	}
	columns := 0 // rows from "columns", to which the action applies
	for {
		name, more, err := w.next()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		switch string(name) {
		case "action":
			r.action, err = r.text(w, "action")
		case "unixTime":
			r.unixTime, err = r.text(w, "unixTime")
		case "calendarTime":
			r.calendarTime, err = r.text(w, "calendarTime")
		case "hostIdentifier":
			r.host, err = r.text(w, "hostIdentifier")
		case "columns":
			columns++
			err = r.object(w, "columns")
		case "snapshot":
			err = r.list(w, "snapshot")
		case "diffResults":
			err = r.difference(w)
		default:
			err = w.skip()
		}
		if err != nil {
			return err
		}
	}
	if !r.found {
		return errNoResult
	}
	if columns > 0 && r.action == "removed" {
		r.rows = r.rows[:0]
	}
	return w.end()
}

func (r *osqueryResult) text(w *walker, name string) (string, error) {
	text, ok, err := w.text()
	if !ok && err == nil {
		r.wrongType(name)
	}
	return text, err
}

func (r *osqueryResult) wrongType(name string) {
	if r.mistyped == "" {
		r.mistyped = name
	}
}

// difference reads {"added":[...],"removed":[...]}; some versions write "" for
// an empty list.
func (r *osqueryResult) difference(w *walker) error {
	if w.dec.PeekKind() != '{' {
		r.wrongType("diffResults")
		return w.skip()
	}
	r.found = true
	if err := w.read(); err != nil {
		return err
	}
	for {
		name, more, err := w.next()
		if err != nil || !more {
			return err
		}
		if string(name) == "added" && w.dec.PeekKind() == '[' {
			err = r.list(w, "diffResults.added")
		} else {
			err = w.skip()
		}
		if err != nil {
			return err
		}
	}
}

func (r *osqueryResult) list(w *walker, name string) error {
	if w.dec.PeekKind() != '[' {
		r.wrongType(name)
		return w.skip()
	}
	r.found = true
	if err := w.read(); err != nil {
		return err
	}
	for {
		more, err := w.element()
		if err == nil && more {
			err = r.object(w, name)
		}
		if err != nil || !more {
			return err
		}
	}
}

// object reads one row.
func (r *osqueryResult) object(w *walker, name string) error {
	if w.dec.PeekKind() != '{' {
		r.wrongType(name)
		return w.skip()
	}
	r.found = true
	if err := w.read(); err != nil {
		return err
	}
	for {
		name, more, err := w.next()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		c := columns[string(name)]
		if c == noColumn {
			err = w.skip()
		} else {
			var text string
			if text, err = r.text(w, columnNames[c]); err == nil {
				r.cells = append(r.cells, cell{c, text})
			}
		}
		if err != nil {
			return err
		}
	}
	r.rows = append(r.rows, len(r.cells))
	return nil
}

// fill puts a row's cells where their columns are.
func (r *osqueryResult) fill(row *osqueryRow, i int) {
	from := 0
	if i > 0 {
		from = r.rows[i-1]
	}
	*row = osqueryRow{}
	for _, c := range r.cells[from:r.rows[i]] {
		row[c.column] = c.text
	}
}
