package outbreak_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// What was merged is found by any of its ids; one that is not shown ends the way.
func TestGoesOn(t *testing.T) {
	list := []outbreak.Outbreak{{ID: "a"}, {ID: "b", Into: "a"}, {ID: "c", Into: "b"}, {ID: "d", Into: "hidden"}, {ID: "e"}}
	for id, want := range map[string]struct {
		last   string
		merged []string
	}{
		"a": {"a", []string{"b", "c"}}, "b": {"a", []string{"b", "c"}}, "c": {"a", []string{"b", "c"}},
		"d": {"d", nil}, "e": {"e", nil}, "unknown": {"unknown", nil},
	} {
		last, merged := outbreak.GoesOn(list, id)
		if diff := cmp.Diff(want.merged, merged); last != want.last || diff != "" {
			t.Errorf("%s goes on as %s, want %s; merged (-want +got):\n%s", id, last, want.last, diff)
		}
	}
}
