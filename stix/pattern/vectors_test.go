package pattern_test

import (
	"os"
	"path/filepath"
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

// beyondGrammar are patterns that the reference's grammar lets pass and the
// specification does not, with the reason.
var beyondGrammar = map[string]string{
	"[x:created = t'2024-02-30T12:00:00Z']":                                                       "2.16.1: no such day",
	"[x:created = t'2024-04-31T12:00:00Z']":                                                       "2.16.1: no such day",
	"[x:created = t'2023-02-29T12:00:00Z']":                                                       "2.16.1: no such day",
	`([win-registry-key:key = 'hkey_local_machine\\foo\\bar']) WITHIN 5 SECONDS WITHIN 6 SECONDS`: "9.5.1: two qualifiers of one kind on one expression",
	"[a:b=1] REPEATS 2 TIMES REPEATS 2 TIMES":                                                     "9.5.1: two qualifiers of one kind on one expression",
	"([a:b=1]) REPEATS 2 TIMES REPEATS 2 TIMES":                                                   "9.5.1: two qualifiers of one kind on one expression",
	"[person:age < 20] REPEATS 2 TIMES REPEATS 3 TIMES":                                           "9.5.1: two qualifiers of one kind on one expression",
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
		want := r.Valid
		if reason, ok := beyondGrammar[r.Pattern]; ok {
			t.Logf("%s differs from the reference: section %s", r.Pattern, reason)
			want = false
		}
		if (err == nil) != want {
			t.Errorf("%s: error %v, valid is %v in %s", r.Pattern, err, want, r.Source)
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
		if reason, ok := beyondGrammar[text]; ok {
			if err == nil {
				t.Errorf("%s should be rejected: section %s", text, reason)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", text, err)
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
