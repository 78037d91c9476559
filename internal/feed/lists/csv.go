package lists

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// csvHead are the columns of CSV. "exact" is true of a domain beneath which
// nothing is meant.
const csvHead = "value,type,polarity,confidence,expires,exact"

// CSV writes every protection as a row (RFC 4180, but with line feeds alone):
// must-resolve first, then blocks, then what is only observed. Confidence is
// what it was when it was decided; 100 if a person did not say.
//
// A spreadsheet runs what begins with =, +, -, @ or a tab as a formula: such a
// value is written with an apostrophe in front (OWASP, "CSV Injection").
func CSV(w io.Writer, s feed.Set) ([]feed.Left, error) {
	out := feed.NewOutput(w)
	out.Line(csvHead)
	var scratch [64]byte
	for _, list := range [][]*protect.Protection{s.MustResolve(), s.Blocks(), s.Observed()} {
		for _, p := range list {
			csvValue(out, p.Text)
			out.WriteByte(',')
			out.WriteString(string(p.Type))
			out.WriteByte(',')
			out.WriteString(string(p.Polarity))
			out.WriteByte(',')
			confidence := p.Confidence
			if confidence == 0 {
				confidence = 100
			}
			out.Bytes(strconv.AppendInt(scratch[:0], int64(confidence), 10))
			out.WriteByte(',')
			if !p.Expires.IsZero() {
				out.Bytes(p.Expires.UTC().AppendFormat(scratch[:0], time.RFC3339))
			}
			out.WriteByte(',')
			out.Line(strconv.FormatBool(p.Exact))
		}
	}
	return out.Done()
}

// csvValue writes a cell that stays one cell, and text.
func csvValue(out *feed.Output, text string) {
	formula := strings.IndexByte("=+-@\t\r", text[0]) >= 0
	if strings.ContainsAny(text, "\",\n\r\t") {
		out.WriteByte('"')
		defer out.WriteByte('"')
	}
	if formula {
		out.WriteByte('\'')
	}
	for {
		before, after, quote := strings.Cut(text, `"`)
		out.WriteString(before)
		if !quote {
			return
		}
		out.WriteString(`""`)
		text = after
	}
}
