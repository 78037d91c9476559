package pattern_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// vectors reads a file of conformance vectors that lie beside the repository.
func vectors(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "vectors", name))
	if err != nil {
		t.Skipf("the conformance vectors are not at hand: %v", err)
	}
	if err := json.Unmarshal(text, into, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
}

// beyondGrammar says whether a pattern was rejected for what the reference's
// grammar lets pass and the specification does not; docs/conformance.md lists
// the rows.
func beyondGrammar(err error) bool {
	return strings.Contains(err.Error(), "is no timestamp") || // section 2.16.1: no such day
		strings.Contains(err.Error(), "a second ") // section 9.5.1: two qualifiers of one kind
}

func TestReferenceValidatorAgrees(t *testing.T) {
	var rows []struct {
		Pattern string
		Valid   bool
		Source  string
	}
	vectors(t, "pattern-valid.json", &rows)
	for _, r := range rows {
		_, err := pattern.Parse(r.Pattern)
		switch {
		case err == nil && !r.Valid:
			t.Errorf("%s is accepted, not in %s", r.Pattern, r.Source)
		case err != nil && r.Valid && !beyondGrammar(err):
			t.Errorf("%s: error %v, it is valid in %s", r.Pattern, err, r.Source)
		}
	}
	if len(rows) == 0 {
		t.Error("there are no rows")
	}
}

func TestReferencePatternsRoundTrip(t *testing.T) {
	var equivalence []struct{ P1, P2 string }
	vectors(t, "pattern-equivalence.json", &equivalence)
	var match struct {
		Vectors []struct{ Pattern, Expected string }
	}
	vectors(t, "pattern-match.json", &match)
	var texts []string
	for _, r := range equivalence {
		texts = append(texts, r.P1, r.P2)
	}
	for _, r := range match.Vectors {
		if r.Expected != "error" {
			texts = append(texts, r.Pattern)
		}
	}
	for _, text := range texts {
		p, err := pattern.Parse(text)
		if err != nil {
			if !beyondGrammar(err) {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		again, err := pattern.Parse(p.String())
		if err != nil {
			t.Errorf("%s is printed as %s: %v", text, p, err)
		} else if diff := cmp.Diff(p, again); diff != "" {
			t.Errorf("%s is another pattern when read back:\n%s", text, diff)
		}
	}
}
