package pattern_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

var equivalences = []struct {
	a, b string
	want bool
}{
	{"[x:a = 1]", "[x:a = 1.0]", true},
	{"[x:a = h'00ff']", "[x:a = b'AP8=']", true},
	{"[x:a = h'00ff']", "[x:a = b'AP4=']", false},
	{"[x:a > t'2024-01-01T00:00:00Z']", "[x:a > t'2024-01-01T00:00:00.000Z']", true},
	{"[x:a IN (1, 2)]", "[x:a = 2] OR [x:a = 1.0]", true},
	{"[x:a IN (1, 2, 1)]", "[x:a = 2 OR x:a = 1]", true},
	{"[x:a NOT IN (1, 2)]", "[x:a != 1 OR x:a != 2]", false},
	{"[x:a NOT IN (2, 1)]", "[x:a NOT IN (1, 2.0, 2)]", true},
	{"[x:a NOT = 1]", "[x:a != 1]", true},
	{"[x:a NOT != 1]", "[x:a = 1]", true},
	{"[x:a NOT > 1]", "[x:a <= 1]", false}, // a string is neither
	{"[x:a = 1 OR x:b = 1] AND [x:c = 1]", "([x:b = 1] AND [x:c = 1]) OR ([x:c = 1] AND [x:a = 1])", true},
	{"[x:a = 1] REPEATS 2 TIMES", "[x:a = 1] AND [x:a = 1]", true},
	{"[x:a = 1] REPEATS 100 TIMES", "[x:a = 1] REPEATS 99 TIMES", false},
	{"[x:a = 1] REPEATS 100 TIMES OR [x:a = 1] REPEATS 99 TIMES", "[x:a = 1] REPEATS 99 TIMES", true},
	{"([x:a = 1] AND [x:b = 1]) WITHIN 5 SECONDS OR [x:a = 1] AND [x:b = 1]", "[x:b = 1] AND [x:a = 1]", true},
	{"([x:a = 1] AND [x:b = 1]) WITHIN 5 SECONDS OR ([x:b = 1] AND [x:a = 1]) WITHIN 6.0 SECONDS", "([x:a = 1] AND [x:b = 1]) WITHIN 6 SECONDS", true},
	{"([x:a = 1] AND [x:b = 1]) WITHIN 5 SECONDS", "([x:a = 1] AND [x:b = 1]) WITHIN 6 SECONDS", false},
	{"(([x:a = 1] AND [x:b = 1]) WITHIN 7 SECONDS) WITHIN 5 SECONDS", "([x:a = 1] AND [x:b = 1]) WITHIN 5 SECONDS", true},
	{"(([x:a = 1] AND [x:b = 1]) WITHIN 5 SECONDS) WITHIN 7 SECONDS", "([x:a = 1] AND [x:b = 1]) WITHIN 5 SECONDS", true},
	{"([x:a = 1] AND [x:b = 1]) WITHIN 5 SECONDS REPEATS 2 TIMES", "([x:a = 1] AND [x:b = 1]) REPEATS 2 TIMES WITHIN 5 SECONDS", false},
	{"[x:a = 1] START t'2024-01-01T00:00:00Z' STOP t'2024-01-02T00:00:00Z' WITHIN 5 SECONDS",
		"[x:a = 1] WITHIN 5 SECONDS START t'2024-01-01T00:00:00.0Z' STOP t'2024-01-02T00:00:00Z'", true},
	{"[x:a = 1] START t'2024-01-01T00:00:00Z' STOP t'2024-01-02T00:00:00Z'", "[x:a = 1] START t'2024-01-01T00:00:00Z' STOP t'2024-01-03T00:00:00Z'", false},
	{"[x:a = 1] FOLLOWEDBY [x:b = 1] FOLLOWEDBY [x:c = 1]", "[x:a = 1] FOLLOWEDBY ([x:b = 1] FOLLOWEDBY [x:c = 1])", true},
	{"[x:a = 1] FOLLOWEDBY ([x:b = 1] AND [x:c = 1])", "[x:a = 1] FOLLOWEDBY [x:b = 1] AND [x:c = 1]", true},
	{"([x:a = 1] FOLLOWEDBY [x:b = 1]) OR ([x:a = 1] AND [x:b = 1])", "[x:b = 1] AND [x:a = 1]", true},
	{"[ipv4-addr:value ISSUBSET '198.51.100.7/24']", "[ipv4-addr:value ISSUBSET '198.51.100.0/24']", true},
	{"[ipv4-addr:value LIKE '198.51.100.07']", "[ipv4-addr:value LIKE '198.51.100.7']", false},
	{"[url:value = '198.51.100.07']", "[url:value = '198.51.100.7']", false},
	{"[windows-registry-key:key IN ('A', 'b')]", "[windows-registry-key:key IN ('B', 'a')]", true},
	{"[windows-registry-key:values[*].data = 'A']", "[windows-registry-key:values[*].data = 'a']", false},
	{"[(x:a = 1 OR y:a = 1) AND y:b = 1]", "[y:a = 1 AND y:b = 1]", true}, // no object is both an x and a y
	{"[x:a = 'A']", "[x:a = 'a']", false},
	{"[x:a = 1]", "[x:a[*] = 1]", false},
	{"[EXISTS x:a AND x:b = 1]", "[x:b = 1 AND EXISTS x:a]", true},
}

func TestEquivalent(t *testing.T) {
	for _, c := range equivalences {
		a, b := parsed(t, c.a), parsed(t, c.b)
		if got := pattern.Equivalent(a, b); got != c.want {
			t.Errorf("%s\n%s\n%v, want %v", c.a, c.b, got, c.want)
		}
		if pattern.Equivalent(b, a) != c.want {
			t.Errorf("%s\n%s\nnot the same the other way round", c.a, c.b)
		}
	}
}

func parsed(t interface{ Fatalf(string, ...any) }, text string) pattern.Pattern {
	p, err := pattern.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

// The normal form of such patterns has 2^40 parts.
func TestEquivalentIsBounded(t *testing.T) {
	for _, by := range []string{"] AND [", " AND "} {
		pair := "(x:a = 1 OR x:b = 1)"
		one := parsed(t, "["+strings.Repeat(pair+by, 40)+"x:c = 1]")
		other := parsed(t, "[x:c = 1"+strings.Repeat(by+pair, 40)+"]")
		pattern.Equivalent(one, other)
		if !pattern.Equivalent(one, one) {
			t.Error("what is written alike is equivalent, however large")
		}
	}
}

// TestEquivalentPatternsMatchAlike holds Equivalent against Match.
func TestEquivalentPatternsMatchAlike(t *testing.T) {
	shown := 0
	rapid.Check(t, func(t *rapid.T) {
		a, b := questions(2).Draw(t, "a"), questions(2).Draw(t, "b")
		p, program := compiled(t, a)
		q, other := compiled(t, b)
		if rapid.Bool().Draw(t, "absorbed") {
			q, other = compiled(t, "("+a+") OR ("+b+")")
		}
		if !pattern.Equivalent(p, q) {
			return
		}
		shown++
		for range 5 {
			observations := streams().Draw(t, "observations")
			_, ok := program.Match(observations)
			if _, too := other.Match(observations); ok != too {
				t.Fatalf("%s and %s are said to be equivalent; match %v and %v", p, q, ok, too)
			}
		}
	})
	if shown == 0 {
		t.Error("none was shown equivalent: nothing was tested")
	}
}

// turned is an expression with the operands of AND and OR the other way round.
func turned(o pattern.Observation) pattern.Observation {
	switch o := o.(type) {
	case *pattern.Qualified:
		return &pattern.Qualified{Of: turned(o.Of), Qualifiers: o.Qualifiers}
	case *pattern.Joined:
		j := &pattern.Joined{Operator: o.Operator}
		for _, operand := range o.Operands {
			if o.Operator == pattern.FollowedBy {
				j.Operands = append(j.Operands, turned(operand))
			} else {
				j.Operands = append([]pattern.Observation{turned(operand)}, j.Operands...)
			}
		}
		return j
	}
	return o
}

func TestOrderOfOperandsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := parsed(t, questions(3).Draw(t, "pattern"))
		q := pattern.Pattern{Root: turned(p.Root)}
		if len(p.String()) < 300 && !pattern.Equivalent(p, q) {
			t.Fatalf("%s and %s are not shown equivalent", p, q)
		}
	})
}
