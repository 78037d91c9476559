package stix_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/stix"
)

// A text can be made whose pointers and keys are as long as itself: what is
// said about it stays short, and names the object.
func TestErrorsStayShort(t *testing.T) {
	in := func(object string) string { return `{"type":"bundle","objects":[{"type":"x"},` + object + `]}` }
	long := strings.Repeat("k", 100_000)
	for name, c := range map[string]struct {
		text, pointer string
		rule          stix.Rule
		says          string
	}{
		"deeper than can be read": {in(strings.Repeat(`{"x":`, 10_000) + "1" + strings.Repeat("}", 10_000)), "/objects/1", stix.RuleDepth, "nested deeper than 10000 levels"},
		"deep arrays":             {in(strings.Repeat(`[`, 20_000)), "/objects/1", stix.RuleDepth, "nested deeper"},
		"malformed far down":      {in(strings.Repeat(`{"x":`, 9_000) + "oops"), "/objects/1", stix.RuleMalformed, "malformed"},
		"a long key twice":        {in(`{"` + long + `":1,"` + long + `":2}`), "/objects/1", stix.RuleDuplicateKey, "kkk…"},
		"deep outside objects":    {`{"other":` + strings.Repeat(`[`, 20_000), "", stix.RuleDepth, "nested deeper"},
	} {
		t.Run(name, func(t *testing.T) {
			var got *stix.Error
			err := stix.ReadBundle(strings.NewReader(c.text), stix.Limits{}, func(stix.Object) error { return nil })
			if !errors.As(err, &got) {
				t.Fatalf("error %v is no *stix.Error", err)
			}
			if got.Pointer != c.pointer || got.Rule != c.rule || !strings.Contains(got.Message, c.says) {
				t.Errorf("pointer %.100q rule %s message %.100q, want %q %s %q", got.Pointer, got.Rule, got.Message, c.pointer, c.rule, c.says)
			}
			if len(err.Error()) > 300 {
				t.Errorf("the message has %d bytes", len(err.Error()))
			}
		})
	}
}
