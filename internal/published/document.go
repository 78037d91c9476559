package published

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"text/template"
)

// frame is the document's text, with places for what is computed.
//
//go:embed outbreak.md.tmpl
var frame string

// Document computes the text of docs/outbreak.md at a size, and all its rows.
func Document(ctx context.Context, size Size) (string, []Row, error) {
	all := []Row{}
	filled := map[string]string{}
	for _, g := range groups {
		m, err := g.measure(ctx, size)
		if err != nil {
			return "", nil, fmt.Errorf("compare %s with what was published: %w", g.name, err)
		}
		all = append(all, m.rows...)
		if g.place != "" {
			filled[g.place] = m.table
		}
	}
	lines := [][]string{{"what", "published", "ours", "why they differ"}}
	for _, r := range all {
		lines = append(lines, r.cells())
	}
	filled["Table"], filled["Size"] = table(lines...), size.String()
	t, err := template.New("outbreak.md").Option("missingkey=error").Parse(frame)
	if err != nil {
		return "", nil, fmt.Errorf("read the document's frame: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, filled); err != nil {
		return "", nil, fmt.Errorf("fill the document's frame: %w", err)
	}
	return b.String(), all, nil
}
