package published

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocument writes the document and its pictures: make outbreak-doc.
func TestDocument(t *testing.T) {
	dir := os.Getenv("TOCSIN_OUTBREAK_DOC")
	if dir == "" {
		t.Skip("writes outbreak.md and its pictures where TOCSIN_OUTBREAK_DOC says: make outbreak-doc")
	}
	if err := Write(t.Context(), Full, dir); err != nil {
		t.Fatal(err)
	}
}

// TestDocumentIsThisCodes holds the repository's document against the code: the
// text of the frame, and of each row all but our figure, which at the size of a
// test is another.
func TestDocumentIsThisCodes(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "outbreak.md"))
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		lines[strings.TrimRight(line, "\n")] = true
	}
	for line := range strings.Lines(frame) {
		if line = strings.TrimRight(line, "\n"); !strings.Contains(line, "{{") && !lines[line] {
			t.Errorf("docs/outbreak.md lacks the line %q: run make outbreak-doc", line)
		}
	}
	if !strings.Contains(string(text), "This page is of "+Full.String()) {
		t.Error("docs/outbreak.md is not of a full run: run make outbreak-doc")
	}
	computed, rows, err := Document(t.Context(), Small)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if !documented(lines, r) {
			t.Errorf("docs/outbreak.md lacks the row %q as the code has it: run make outbreak-doc", r.What)
		}
	}
	if strings.Contains(computed, "<no value>") {
		t.Error("the frame has a place that nothing fills")
	}
}

// documented says whether the document has a row with the same words.
func documented(lines map[string]bool, r Row) bool {
	cells := r.cells()
	for line := range lines {
		theirs := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "| "), " |"), " | ")
		if len(theirs) == len(cells) && theirs[0] == cells[0] && theirs[1] == cells[1] && theirs[3] == cells[3] {
			return true
		}
	}
	return false
}
