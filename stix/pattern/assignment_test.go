package pattern_test

import (
	"testing"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// everyStream is every stream of four observations, and of three, that have the
// given properties and were each observed up to so many times.
func everyStream(times int, has ...string) (streams [][]pattern.Observed) {
	var kinds []pattern.Observed
	for _, names := range has {
		object := pattern.Object{"type": "xyz"}
		for _, name := range names {
			object[string(name)] = true
		}
		for number := range times {
			kinds = append(kinds, pattern.Observed{First: epoch, Last: epoch, Number: number + 1, Objects: []pattern.Object{object}})
		}
	}
	three := len(kinds) * len(kinds) * len(kinds)
	for n := range three * len(kinds) {
		stream := []pattern.Observed{kinds[n%len(kinds)], kinds[n/len(kinds)%len(kinds)], kinds[n*len(kinds)/three%len(kinds)], kinds[n/three]}
		if streams = append(streams, stream); n < three {
			streams = append(streams, stream[:3])
		}
	}
	return streams
}

// TestEveryAssignment holds Match against the oracle where expressions compete
// for observations. In some of these streams one has to give away what it took
// more than once: [a] takes abc, gives it to [b] for a, and must not give it to
// [c] as well.
func TestEveryAssignment(t *testing.T) {
	const a, b, c = "[xyz:a = true]", "[xyz:b = true]", "[xyz:c = true]"
	once, twice := everyStream(1, "abc", "ab", "bc", "ac", "a", "b", "c"), everyStream(2, "ac", "bc", "a", "c")
	for _, test := range []struct {
		pattern string
		streams [][]pattern.Observed
	}{
		{a + " AND " + b + " AND " + c, once},
		{c + " AND " + b + " AND " + a, once},
		{a + " REPEATS 2 TIMES AND " + b + " AND " + c, once},
		{a + " AND " + b + " AND " + c + " REPEATS 3 TIMES", twice},
	} {
		p, program := compiled(t, test.pattern)
		matches := 0
		for _, stream := range test.streams {
			o := &oracle{observations: stream, usable: func(int) bool { return true }, program: program}
			want := len(o.matches(p)) > 0
			if _, ok := program.Match(stream); ok != want {
				t.Fatalf("%s: match %v of %v", test.pattern, ok, stream)
			}
			if want {
				matches++
			}
		}
		if matches == 0 || matches == len(test.streams) {
			t.Errorf("%s: %d of %d match: nothing was tested", test.pattern, matches, len(test.streams))
		}
	}
}
