package federation_test

import (
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/federation"
)

func TestHere(t *testing.T) {
	green := federation.Terms{Level: access.Green, Communities: map[string]string{"banks": "finance"}}
	for _, c := range []struct {
		terms       federation.Terms
		there, here string // here is empty for what is not taken
	}{
		{ours, "green default", "green default"},
		{ours, "amber banks", "amber finance"},
		{ours, "amber+strict banks", ""},
		{ours, "red default", ""},
		{ours, "red default " + bank, ""},
		{ours, "green traders", ""},
		{ours, "clear traders", "clear default"},
		{ours, "clear ", "clear default"},
		{ours, "green ", ""},
		{ours, "", ""},
		{ours, "violet default", ""},
		{ours, "green", ""},
		{green, "amber banks", ""},
		{green, "green banks", "green finance"},
		{green, "green default", ""},
		{green, "clear banks", "clear finance"},
	} {
		a, taken := c.terms.Here(c.there)
		if got := a.String(); got != c.here || taken != (c.here != "") {
			t.Errorf("%s: %q there is %q here (%t), want %q", c.terms, c.there, got, taken, c.here)
		}
	}
}

func TestTermsThatAreRefused(t *testing.T) {
	for name, terms := range map[string]federation.Terms{
		"red":               {Level: access.Red, Communities: ours.Communities},
		"strict":            {Level: access.AmberStrict, Communities: ours.Communities},
		"no level":          {Communities: ours.Communities},
		"no communities":    {Level: access.Green},
		"a name of two":     {Level: access.Green, Communities: map[string]string{"a b": "c"}},
		"for no community":  {Level: access.Green, Communities: map[string]string{"a": ""}},
		"of no community":   {Level: access.Green, Communities: map[string]string{"": "a"}},
		"a recipient there": {Level: access.Green, Communities: map[string]string{"a": "b identity--x"}},
	} {
		if err := terms.Validate(); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
