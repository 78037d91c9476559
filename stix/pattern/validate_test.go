package pattern_test

import (
	"testing"

	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

func TestValidate(t *testing.T) {
	for _, c := range []struct{ text, section string }{
		{"[file:name = 'x']", ""},
		{"[x-own-type:x_own.'a b'[*].c = 'x' AND x-own-type:x_own.n = 1] FOLLOWEDBY ([url:value LIKE 'a%']) WITHIN 5 SECONDS", ""},
		{"[file:name = ", "9"},
		{"[ab:name = 'x']", "9.7"},
		{"[file:n = 'x']", "9.7"},
		{"[file:name = 'x' OR (file:size = 1 AND EXISTS file:Name)]", "9.7"},
		{"([file:name = 'x'] AND [ab:name = 'x']) REPEATS 2 TIMES", "9.7"},
	} {
		o := stix.Object{Pointer: "/objects/3", Line: 7, Header: stix.Header{Type: "indicator", ID: "indicator--1", PatternType: "stix", Pattern: c.text}}
		findings := pattern.Validate(o)
		if len(findings) > 1 || (len(findings) == 1) != (c.section != "") {
			t.Errorf("%s: %d findings", c.text, len(findings))
			continue
		}
		for _, f := range findings {
			if f.ID != "indicator--1" || f.Err.Section != c.section || f.Err.Pointer != "/objects/3/pattern" || f.Err.Line != 7 || f.Level != stix.LevelError {
				t.Errorf("%s: %+v", c.text, f)
			}
		}
		o.PatternType = "snort"
		if got := pattern.Validate(o); got != nil {
			t.Errorf("snort: %v", got)
		}
	}
}
