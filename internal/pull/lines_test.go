package pull

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Of a changed list, the lines that are new stay where they are and those that
// were there are empty.
func TestLinesWithout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.SampledFrom([]string{"a.example", "b.example", "c.example", "# note", "", "d.example \r", "198.51.100.7"})
		before := strings.Join(rapid.SliceOf(line).Draw(t, "before"), "\n")
		now := strings.Join(rapid.SliceOf(line).Draw(t, "now"), "\n")
		kind := rapid.SampledFrom([]string{"list", "urlhaus"}).Draw(t, "kind")
		had := map[string]bool{}
		for line := range strings.Lines(before) {
			had[strings.TrimSpace(line)] = true
		}
		rest := linesOf(kind, []byte(before)).without([]byte(now), linesOf(kind, []byte(now)))
		if strings.TrimSpace(before) == "" || strings.TrimSpace(now) == "" {
			if string(rest) != now {
				t.Fatalf("with nothing to compare, %q becomes %q", now, rest)
			}
			return
		}
		isNew := false
		header := kind != "urlhaus"
		var want []string
		for _, line := range strings.Split(now, "\n") {
			trimmed := strings.TrimSpace(line)
			switch {
			case trimmed == "" || trimmed[0] == '#':
				want = append(want, line)
			case !had[trimmed]:
				isNew = true
				want, header = append(want, line), true
			case !header:
				want, header = append(want, line), true
			default:
				want = append(want, "")
			}
		}
		switch {
		case !isNew && rest != nil:
			t.Fatalf("nothing is new in %q after %q, left is %q", now, before, rest)
		case isNew && strings.TrimRight(string(rest), "\n") != strings.TrimRight(strings.Join(want, "\n"), "\n"):
			t.Fatalf("of %q after %q is left %q, want %q", now, before, rest, strings.Join(want, "\n"))
		}
	})
}

func TestTextsThatAreNoLines(t *testing.T) {
	for _, c := range []struct{ kind, text string }{
		{"csv", "a\n\"b\nc\"\n"}, {"stix", "{}"}, {"urlhaus", ` {"1":[]}`}, {"threatfox", "[]"}, {"list", ""}, {"list", "\x1f\x8b\x08"},
		{"list", string(bytes.Repeat([]byte("a\n"), maxLines+1))},
	} {
		if l := linesOf(c.kind, []byte(c.text)); l != nil {
			t.Errorf("%s %.20q is remembered by its lines", c.kind, c.text)
		}
		if rest := (*lines)(nil).without([]byte("x"), nil); string(rest) != "x" {
			t.Errorf("left is %q", rest)
		}
	}
}
