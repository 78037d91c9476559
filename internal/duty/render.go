package duty

import (
	"fmt"
	"html/template"
	"strings"
)

// Text is the form as plain text, to be sent by whatever way the authority wants. It
// says whether it was submitted here.
func (f Form) Text() string {
	var b strings.Builder
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, text)
		}
	}
	fmt.Fprintf(&b, "%s\n%s\n\n", f.Name, f.Stage.Name)
	line("Under", join(f.Law, f.Stage.Law))
	line("To", f.Authority)
	line("Incident", f.Outbreak)
	line("Report", string(f.Duty))
	line("Status", f.Standing())
	if !f.Stage.Deadline.IsZero() {
		line("Deadline", stamp(f.Stage.Deadline))
	}
	for i, field := range f.Fields {
		fmt.Fprintf(&b, "\n%d. %s\n", i+1, field.Label)
		for l := range strings.Lines(field.Shown()) {
			fmt.Fprintf(&b, "   %s\n", strings.TrimRight(l, "\r\n"))
		}
	}
	return b.String()
}

// Standing says whether the form was submitted, and when.
func (f Form) Standing() string {
	text := fmt.Sprintf("correction %d, submitted %s", f.Number-1, stamp(f.Submitted))
	switch f.Number {
	case 0:
		return "a draft filled from the board: not submitted"
	case 1:
		text = "submitted " + stamp(f.Submitted)
	}
	if f.Replaced {
		text += fmt.Sprintf("; corrected since: its text is in entry %d of the ledger (SHA-256 %s)", f.Entry, f.Digest)
	}
	return text
}

// Shown is the text of the field for people, or that there is none.
func (f Filled) Shown() string {
	switch {
	case f.Text != "":
		return f.Text
	case f.Required:
		return "(empty; an answer is required)"
	}
	return "(empty)"
}

func join(law, article string) string {
	if law == "" || article == "" {
		return law + article
	}
	return law + "; " + article
}

var page = template.Must(template.New("form").Funcs(template.FuncMap{"stamp": stamp, "join": join}).Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Name}}: {{.Stage.Name}}</title>
<style>body{font:1rem/1.5 sans-serif;max-width:48rem;margin:2rem auto}dt,h2{font-size:1rem;font-weight:bold;margin:1rem 0 0}p{white-space:pre-wrap;margin:0}</style></head>
<body><h1>{{.Name}}: {{.Stage.Name}}</h1>
<dl>{{with join .Law .Stage.Law}}<dt>Under</dt><dd>{{.}}</dd>{{end}}<dt>To</dt><dd>{{.Authority}}</dd>
<dt>Incident</dt><dd>{{.Outbreak}}</dd><dt>Report</dt><dd>{{.Duty}}</dd><dt>Status</dt><dd>{{.Standing}}</dd>{{if not .Stage.Deadline.IsZero}}<dt>Deadline</dt><dd>{{stamp .Stage.Deadline}}</dd>{{end}}</dl>
{{range .Fields}}<h2>{{.Label}}</h2><p>{{.Shown}}</p>
{{end}}</body></html>
`))

// HTML is the form as a page of its own, to print or to send.
func (f Form) HTML() (string, error) {
	var b strings.Builder
	if err := page.Execute(&b, f); err != nil {
		return "", fmt.Errorf("render form of stage %s of duty %s: %w", f.Stage.Key, f.Duty, err)
	}
	return b.String(), nil
}
