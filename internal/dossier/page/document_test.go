package page_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/dossier/page"
)

var braces = regexp.MustCompile(`\{[^{}]*(\{[^{}]*\})?[^{}]*\}`)

// pattern is what lines of a page a line of the document's template stands for;
// nil for lines that steer.
func pattern(line string) *regexp.Regexp {
	if strings.HasPrefix(line, "%") {
		return nil
	}
	if inner, ok := strings.CutPrefix(line, "row("); ok {
		label, rest, _ := strings.Cut(strings.TrimSuffix(inner, ")"), ", ")
		line = "<dt>" + label + "</dt><dd>" + rest + "</dd>"
	}
	var b strings.Builder
	for _, literal := range braces.Split(line, -1) {
		b.WriteString(regexp.QuoteMeta(literal) + ".*")
	}
	return regexp.MustCompile("^" + strings.TrimSuffix(b.String(), ".*") + "$")
}

// Every line of every page stands in the template of docs/dossier-made.md, and
// every line of the template on some page: what others read is what is done.
func TestTheDocumentHasThePagesTemplate(t *testing.T) {
	document, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "dossier-made.md"))
	if err != nil {
		t.Fatal(err)
	}
	style, err := os.ReadFile("style.css")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(document), "```css\n"+string(style)+"```\n") {
		t.Error("the document has another style sheet")
	}
	_, template, _ := strings.Cut(string(document), "```\n<!DOCTYPE")
	template, _, _ = strings.Cut("<!DOCTYPE"+template, "```\n")
	lines := strings.Split(strings.TrimSuffix(template, "\n"), "\n")
	used := make([]bool, len(lines))
	patterns := make([]*regexp.Regexp, len(lines))
	for i, line := range lines {
		patterns[i] = pattern(line)
	}
	records := tale(t)
	bare := replay(t, records, 1)
	bare.Simulated, bare.Outbreak = "", ""
	pages := [][]byte{page.Render(input(bare))}
	for n := 1; n <= len(records); n++ {
		pages = append(pages, page.Render(input(replay(t, records, n))))
	}
	seen := make(map[string]bool)
	for _, text := range pages {
		text := strings.Replace(string(text), string(style), "", 1)
		text = strings.ReplaceAll(text, "wiper into the update.\nWe", "wiper into the update. We") // the one text of two lines
		for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
			if seen[line] {
				continue
			}
			seen[line] = true
			found := false
			for i, p := range patterns {
				if p != nil && p.MatchString(line) {
					used[i], found = true, true
				}
			}
			if !found {
				t.Errorf("the template has no line for %s", line)
			}
		}
	}
	for i, line := range lines {
		if patterns[i] != nil && !used[i] {
			t.Errorf("no page has the template's line %s", line)
		}
	}
}
