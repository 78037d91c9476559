package tabular

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"strings"
)

// headSize is how much of a text is looked at to find its columns.
const headSize = 16 << 10

// Recognise says of which form a CSV text is that begins with head: by the
// line that names its columns, which may be a comment.
func Recognise(head []byte) (Form, bool) {
	form, _, ok := header(head)
	return form, ok
}

// header finds the line that names the columns: among the comments, or the
// first that is none.
func header(head []byte) (form Form, columns []string, ok bool) {
	for line := range strings.Lines(string(head)) {
		line = strings.TrimSpace(line)
		names, comment := strings.CutPrefix(line, "#")
		if fields, err := csv.NewReader(strings.NewReader(strings.TrimSpace(names))).Read(); err == nil {
			if form, ok := formOf(fields); ok {
				return form, fields, true
			}
		}
		if !comment && line != "" {
			break
		}
	}
	return "", nil, false
}

// formOf is the form that has these columns.
func formOf(columns []string) (Form, bool) {
	has := map[string]bool{}
	for _, c := range columns {
		has[c] = true
	}
	switch {
	case has["url"] && has["url_status"] && (has["dateadded"] || has["date_added"]):
		return URLhaus, true
	case has["ioc_type"] && (has["ioc_value"] || has["ioc"]):
		return ThreatFox, true
	case has["dst_ip"] && has["c2_status"], has["ip_address"] && has["last_online"] && has["malware"]:
		return Feodo, true
	}
	return "", false
}

// readForm reads a CSV export: comments, of which the last may be the header,
// then the header or the first row.
func readForm(ctx context.Context, text *bufio.Reader, form Form, w *writer, take func(row, int, string) error) error {
	columns := layouts[form]
	head, _ := text.Peek(headSize) // what is wrong is read again
	if found, names, ok := header(head); ok && found == form {
		columns = names
	}
	return eachRecord(ctx, text, ',', '#', w, func(line int, fields []string, _ func(int) int) error {
		if _, ok := formOf(fields); ok {
			return nil // the header
		}
		if len(fields) < len(columns) {
			return w.problem(line, 0, "", RuleRow, fmt.Errorf("the row has %d fields, %s has %d; it was cut off on the way, or is another form", len(fields), form, len(columns)))
		}
		r := row{}
		for i, name := range columns {
			r[name] = strings.TrimSpace(fields[i])
		}
		return take(r, line, "")
	})
}

// RecogniseJSON is the form whose entries have these keys.
func RecogniseJSON(keys []string) (Form, bool) { return formOf(keys) }
