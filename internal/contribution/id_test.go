package contribution

import (
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

func TestIDOf(t *testing.T) {
	for body, want := range map[string]string{
		`{"id":"contribution--1","objects":[{"id":"x"}]}`:          "contribution--1",
		`{"objects":[{"id":"x"}],"part":1,"id":"contribution--2"}`: "contribution--2",
		`{"objects":[{"id":"x"}]}`:                                 "",
		`{"id":7}`:                                                 "",
		`{"id":null}`:                                              "",
		`["id","x"]`:                                               "",
		`{"i`:                                                      "",
		``:                                                         "",
		ledger.Erased:                                              "",
	} {
		if got := IDOf([]byte(body)); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

// What a whole reading of a body says, IDOf says as well.
func FuzzIDOf(f *testing.F) {
	f.Add([]byte(`{"id":"contribution--1","objects":[]}`))
	f.Add([]byte(`{"objects":[{"id":"x"}],"id":"\u0061"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got := IDOf(body)
		var part Part
		if json.Unmarshal(body, &part) == nil && part.ID != got {
			t.Errorf("%q, want %q", got, part.ID)
		}
	})
}
