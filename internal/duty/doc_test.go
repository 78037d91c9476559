package duty_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/duty"
)

// The template that docs/response.md shows is one that a hub reads, and it names every
// fact.
func TestTheDocumentedTemplate(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "response.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "```toml\n[[template]]")
	block, _, found := strings.Cut("[[template]]"+block, "```")
	if !found {
		t.Fatal("docs/response.md has no template")
	}
	documented, err := duty.ParseTemplates(block)
	if err != nil {
		t.Fatal(err)
	}
	tested, err := duty.ParseTemplates(example)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tested, documented); diff != "" {
		t.Errorf("the documented template is not the tested one (-tested +documented):\n%s", diff)
	}
	for _, f := range duty.Facts() {
		if !strings.Contains(block, string(f)) {
			t.Errorf("the documented template does not name %s", f)
		}
	}
}
