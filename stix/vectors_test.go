package stix_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/stix"
)

// How many rows of the recorded answers of the reference implementations agree
// today. The numbers only rise; what differs for good is told in
// docs/conformance.md.
const (
	parseAgree    = 67
	validateAgree = 176
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
	err := stix.ReadBundle(bytes.NewReader(text), stix.Limits{}, func(o stix.Object) error {
		for _, f := range stix.Validate(o) {
			if f.Level == stix.LevelError {
				errors = append(errors, f.Err.Error())
			} else {
				warnings = append(warnings, f.Err.Error())
			}
		}
		return nil
	})
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
	agree := 0
	for _, r := range rows {
		errors, _ := verdict(r.Input)
		if (len(errors) == 0) == r.OK {
			agree++
		} else if os.Getenv("TOCSIN_DISAGREE") != "" {
			t.Logf("%s: %v, want ok %v (%v)", r.Source, errors, r.OK, r.Error)
		}
	}
	report(t, agree, len(rows), parseAgree)
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
	agree := 0
	for _, r := range rows {
		errors, warnings := verdict(r.Input)
		valid := len(errors) == 0 && (!r.Options.Strict || len(warnings) == 0)
		if valid == r.Valid {
			agree++
		} else if os.Getenv("TOCSIN_DISAGREE") != "" {
			t.Logf("%s: %v %v, want valid %v (%v)", r.Source, errors, warnings, r.Valid, r.Errors)
		}
	}
	report(t, agree, len(rows), validateAgree)
}

func report(t *testing.T, agree, rows, known int) {
	t.Helper()
	t.Logf("%d of %d rows agree with the reference implementation", agree, rows)
	if agree < known {
		t.Errorf("that is fewer than the %d of before; TOCSIN_DISAGREE=1 lists those that differ", known)
	}
}
