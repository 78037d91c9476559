package web

import (
	"strings"
	"testing"
)

// sides are the two texts of differences.
func sides(list []wordChange) (before, now string) {
	var a, b strings.Builder
	for _, c := range list {
		if !c.New {
			a.WriteString(c.Text)
		}
		if !c.Gone {
			b.WriteString(c.Text)
		}
	}
	return a.String(), b.String()
}

func TestDifferencesAreWordByWord(t *testing.T) {
	got := differences("It was the first group.", "It was probably the second group.")
	want := []wordChange{{Text: "It was "}, {New: true, Text: "probably "}, {Text: "the "}, {Gone: true, Text: "first "}, {New: true, Text: "second "}, {Text: "group."}}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d: %+v, want %+v", i, got[i], want[i])
		}
	}
}

// Whatever the texts, both can be read off their difference.
func FuzzDifferences(f *testing.F) {
	f.Add("", "a")
	f.Add("a  b\n c", "a b\n\nc d")
	f.Add(strings.Repeat("a b ", 2000), strings.Repeat("b c ", 2000))
	f.Fuzz(func(t *testing.T, before, now string) {
		if a, b := sides(differences(before, now)); a != before || b != now {
			t.Errorf("%q and %q became %q and %q", before, now, a, b)
		}
	})
}
