package stix_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// verdict reads one row's input, a bundle or an object, as JSON or as a string
// that holds JSON.
func verdict(input jsontext.Value) (errors, warnings []string) {
	text := []byte(input)
	if input.Kind() == '"' {
		var s string
		if err := json.Unmarshal(input, &s); err != nil {
			return []string{err.Error()}, nil
		}
		text = []byte(s)
	}
	sort := func(findings []stix.Finding) {
		for _, f := range findings {
			if f.Level == stix.LevelError {
				errors = append(errors, f.Err.Error())
			} else {
				warnings = append(warnings, f.Err.Error())
			}
		}
	}
	about, err := stix.ValidateBundle(bytes.NewReader(text), stix.Limits{}, func(o stix.Object, findings []stix.Finding) error {
		sort(findings)
		sort(pattern.Validate(o))
		return nil
	})
	sort(about)
	if err != nil {
		errors = append(errors, err.Error())
	}
	return errors, warnings
}

func TestReferenceParserAgrees(t *testing.T) {
	var rows []struct {
		Input  jsontext.Value
		OK     bool
		Error  any
		Source string
	}
	vectors(t, "stix-parse.json", &rows)
	var differ []string
	for _, r := range rows {
		errors, _ := verdict(r.Input)
		if (len(errors) == 0) != r.OK {
			differ = append(differ, r.Source)
			tell(t, "%s: %v, want ok %v (%v)", r.Source, errors, r.OK, r.Error)
		}
	}
	documented(t, "stix-parse.json", len(rows), differ)
}

func TestReferenceValidatorAgrees(t *testing.T) {
	var rows []struct {
		Input   jsontext.Value
		Options struct{ Strict bool }
		Valid   bool
		Errors  []string
		Source  string
	}
	vectors(t, "stix-validate.json", &rows)
	var differ []string
	for _, r := range rows {
		errors, warnings := verdict(r.Input)
		valid := len(errors) == 0 && (!r.Options.Strict || len(warnings) == 0)
		if valid != r.Valid {
			differ = append(differ, r.Source)
			tell(t, "%s: %v %v, want valid %v (%v)", r.Source, errors, warnings, r.Valid, r.Errors)
		}
	}
	documented(t, "stix-validate.json", len(rows), differ)
}

func TestReferencePatternsAgree(t *testing.T) {
	var rows []struct {
		Pattern string
		Valid   bool
		Source  string
	}
	vectors(t, "pattern-valid.json", &rows)
	var differ []string
	for _, r := range rows {
		if _, err := pattern.Parse(r.Pattern); (err == nil) != r.Valid {
			differ = append(differ, r.Source)
			tell(t, "%s: %v, want valid %v", r.Source, err, r.Valid)
		}
	}
	documented(t, "pattern-valid.json", len(rows), differ)
}

// tell says more where it is asked for: TOCSIN_DISAGREE=1 go test -v
func tell(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("TOCSIN_DISAGREE") != "" {
		t.Logf(format, args...)
	}
}
