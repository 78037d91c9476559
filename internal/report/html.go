package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exercise"
)

//go:embed style.css
var style string

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"at": at, "span": func(s *float64) string { return span(*s) }, "count": count,
	"iso":   func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) },
	"upper": func(t access.TLP) string { return strings.ToUpper(string(t)) },
	"class": func(t access.TLP) string { return strings.ReplaceAll(string(t), "+", "-") },
	"spread": func(q exercise.Quantiles) string {
		one := func(v *float64) string {
			if v == nil {
				return "none"
			}
			return fmt.Sprintf("%.0f", *v)
		}
		return fmt.Sprintf("%s (%s to %s)", one(q.P50), one(q.P5), one(q.P95))
	},
}).Parse(pageText))

// HTML is the report as one page that needs nothing else: no script, nothing that
// is fetched, and a sheet for print on A4 with the marking on every page.
func (r Report) HTML() ([]byte, error) {
	var b bytes.Buffer
	err := page.Execute(&b, struct {
		Report
		Style, Sheet template.CSS
		Chart        *chart
	}{r, template.CSS(style), sheet(r.Head.TLP), newChart(r)}) //nolint:gosec // the style sheet of this package
	if err != nil {
		return nil, fmt.Errorf("write the report's page: %w", err)
	}
	return b.Bytes(), nil
}

// sheet is the page of the print: the marking at its head and foot, and its number
// (CSS Paged Media, margin boxes). A marking that is none of TLP's is not repeated.
func sheet(tlp access.TLP) template.CSS {
	known, err := access.ParseTLP(string(tlp))
	if err != nil {
		known = access.Red
	}
	mark := "TLP:" + strings.ToUpper(string(known))
	const box = "font:9pt system-ui,\"DejaVu Sans\",sans-serif"
	return template.CSS(fmt.Sprintf( //nolint:gosec // of the five words of TLP
		"@page{size:A4;margin:20mm 15mm;@top-left{content:\"After-action report\";%[2]s}@top-right{content:%[1]q;%[2]s;font-weight:700}@bottom-left{content:%[1]q;%[2]s;font-weight:700}@bottom-right{content:counter(page) \" / \" counter(pages);%[2]s}}",
		mark, box))
}

// JSON is the same report for programs.
func (r Report) JSON() ([]byte, error) {
	text, err := json.Marshal(r, json.Deterministic(true), jsontext.Multiline(true))
	if err != nil {
		return nil, fmt.Errorf("write the report: %w", err)
	}
	return append(text, '\n'), nil
}
