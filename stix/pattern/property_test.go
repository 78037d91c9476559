package pattern_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

func constants() *rapid.Generator[pattern.Constant] {
	return rapid.OneOf(
		rapid.Map(rapid.String(), func(s string) pattern.Constant { return pattern.Constant{Kind: pattern.String, Text: s} }),
		rapid.Map(rapid.Int64Range(-1<<53+1, 1<<53-1), func(n int64) pattern.Constant { return pattern.Constant{Kind: pattern.Integer, Int: n} }),
		rapid.Map(rapid.Float64Range(-1e300, 1e300), func(f float64) pattern.Constant { return pattern.Constant{Kind: pattern.Float, Float: f + 0} }),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) pattern.Constant { return pattern.Constant{Kind: pattern.Binary, Text: string(b)} }),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) pattern.Constant { return pattern.Constant{Kind: pattern.Hex, Text: string(b)} }),
		rapid.Map(rapid.IntRange(1, 28), func(d int) pattern.Constant {
			return pattern.Constant{Kind: pattern.Timestamp, Text: fmt.Sprintf("2017-05-%02dT07:43:00.%dZ", d, d)}
		}),
	)
}

func paths(objectType string) *rapid.Generator[pattern.Path] {
	return rapid.Custom(func(t *rapid.T) pattern.Path {
		key := rapid.Map(rapid.OneOf(rapid.StringMatching(`[a-z_]{1,6}`), rapid.String(), rapid.Just("AND"), rapid.Just("SHA-256")),
			func(s string) pattern.Step { return pattern.Step{Kind: pattern.Key, Key: s} })
		index := rapid.Map(rapid.IntRange(-3, 99), func(n int) pattern.Step { return pattern.Step{Kind: pattern.Index, Index: n} })
		steps := rapid.SliceOfN(rapid.OneOf(key, index, rapid.Just(pattern.Step{Kind: pattern.Any})), 0, 4).Draw(t, "steps")
		return pattern.Path{Type: objectType, Steps: append([]pattern.Step{key.Draw(t, "first")}, steps...)}
	})
}

func comparisons(objectType string, depth int) *rapid.Generator[pattern.Comparison] {
	return rapid.Custom(func(t *rapid.T) pattern.Comparison {
		path := paths(objectType).Draw(t, "path")
		most := 4
		if depth == 0 {
			most = 2
		}
		switch rapid.IntRange(0, most).Draw(t, "kind") {
		case 0:
			return &pattern.Exists{Path: path}
		case 1:
			by := rapid.SampledFrom([]pattern.Comparator{pattern.Like, pattern.Matches, pattern.IsSubset, pattern.IsSuperset}).Draw(t, "by")
			text := pattern.Constant{Kind: pattern.String, Text: rapid.String().Draw(t, "text")}
			return &pattern.Compare{Path: path, Not: rapid.Bool().Draw(t, "not"), By: by, Values: []pattern.Constant{text}}
		case 2:
			v := constants().Draw(t, "value")
			by := rapid.SampledFrom([]pattern.Comparator{pattern.Equal, pattern.NotEqual, pattern.Less, pattern.GreaterOrEqual, pattern.In}).Draw(t, "by")
			c := &pattern.Compare{Path: path, Not: rapid.Bool().Draw(t, "not"), By: by, Values: []pattern.Constant{v}}
			if by == pattern.In && rapid.Bool().Draw(t, "twice") {
				c.Values = append(c.Values, v)
			}
			return c
		}
		by := rapid.SampledFrom([]pattern.Operator{pattern.And, pattern.Or}).Draw(t, "join")
		return &pattern.Boolean{Operator: by, Operands: rapid.SliceOfN(comparisons(objectType, depth-1), 2, 3).Draw(t, "operands")}
	})
}

func observations(depth int) *rapid.Generator[pattern.Observation] {
	return rapid.Custom(func(t *rapid.T) pattern.Observation {
		if depth == 0 || rapid.Bool().Draw(t, "leaf") {
			return &pattern.Test{Comparison: comparisons(rapid.StringMatching(`[a-z][a-z-]{2,8}`).Filter(func(s string) bool {
				return s != "true" && s != "false"
			}).Draw(t, "type"), 2).Draw(t, "comparison")}
		}
		if rapid.Bool().Draw(t, "joined") {
			by := rapid.SampledFrom([]pattern.Operator{pattern.And, pattern.Or, pattern.FollowedBy}).Draw(t, "join")
			return &pattern.Joined{Operator: by, Operands: rapid.SliceOfN(observations(depth-1), 2, 3).Draw(t, "operands")}
		}
		all := []pattern.Qualifier{
			pattern.Repeats{Times: rapid.Int64Range(1, 1000).Draw(t, "times")},
			pattern.Within{Seconds: pattern.Constant{Kind: pattern.Float, Float: rapid.Float64Range(0.001, 1e9).Draw(t, "seconds")}},
			pattern.StartStop{
				Start: pattern.Constant{Kind: pattern.Timestamp, Text: "2017-05-12T07:24:00Z"},
				Stop:  pattern.Constant{Kind: pattern.Timestamp, Text: "2017-05-12T15:03:00Z"},
			},
		}
		all = rapid.Permutation(all).Draw(t, "qualifiers")
		return &pattern.Qualified{Of: observations(depth-1).Draw(t, "of"), Qualifiers: all[:rapid.IntRange(1, 3).Draw(t, "how many")]}
	})
}

func TestParseReadsWhatStringWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := pattern.Pattern{Root: observations(3).Draw(t, "pattern")}
		text := p.String()
		again, err := pattern.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(p, again); diff != "" {
			t.Fatalf("%s is another pattern when read back:\n%s", text, diff)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"[domain-name:value = 'evil.example']",
		"([a:b[*].'c-d' NOT IN (1, 2.5) OR a:e MATCHES '^x$'] FOLLOWEDBY [EXISTS f:g]) WITHIN 5 SECONDS REPEATS 2 TIMES",
		"[a:b = h'ff' AND a:c = b'AA==' AND a:d > t'2017-05-12T07:43:00Z'] START t'2017-05-12T00:00:00Z' STOP t'2017-05-13T00:00:00Z'",
		"/* x */ [a:b = 'it\\'s'] // y",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := pattern.Parse(text)
		if err != nil {
			return
		}
		again, err := pattern.Parse(p.String())
		if err != nil {
			t.Fatalf("%q is printed as %q: %v", text, p, err)
		}
		if diff := cmp.Diff(p, again); diff != "" {
			t.Fatalf("%q is another pattern when read back:\n%s", text, diff)
		}
		pattern.Equalities(p)
	})
}
