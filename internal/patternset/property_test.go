package patternset_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// texts are values that are nearly one another: what an index that is a little
// wrong takes for the same, or does not find.
var texts = []string{
	"evil.example", "EVIL.example", "notevil.example", "evil.example.good.example", "evil.exampl", "evil.examplf", "evil_example", "evil%example",
	`C:\Windows\evil.exe`, `C:\\Windows\\evil.exe`, `c:\windows\EVIL.EXE`, "it's evil", "", "e", "ev", "evi", "evil", "evilx",
	"5", "5.0", "05", "+5", "5e0", "-0", "0", "443", "443.0", "4.5", "true",
	"198.51.100.7", "198.51.100.0/24", "198.51.100.0/25", "198.51.101.7", "::ffff:198.51.100.7", "2001:db8::7", "2001:db8::/32", "2001:DB8::7", "0.0.0.0/0", "fe80::7%eth0",
	"\u00e9vil.example", "e\u0301vil.example", "evil\u0301", "\u212aelvin.example", "kelvin.example", "\u017fecret", "secret", "evil\xffexample", "evil\ufffdexample", "ÉVIL.example",
	"evil\nexample", "evil.example\n", "ZXZpbA==", "6576696c",
}

var regexes = []string{
	"evil", "^evil\\.example$", "(?i)evil\\.example", "(?i)kelvin", "(?i)secret", "[Ee]vil", "ev[iI]l\\.(exe|example)", "evil.example", "(evil|good)\\.ex",
	"e.il", "x?evil?\\.", "(abc|evil)+", "evil\\.|[0-9]+", "(evil|.)x", "(evil){2,3}|example", "", ".*", "^$", "[^a]vil", "evil\u0301", "\u00e9vil", "(?s)evil.example", "evil\\nexample", "e(v(i(l)))", "\\x{fffd}", "[0-9]+\\.[0-9]+", "\\bevil\\b", "(?m)^example$",
}

var likes = []string{"%evil%", "evil.example", "%.example", "evil_example", "e%l", "%vi%", "_vil%", "%%", "", "C:\\Windows%", "%\u0301%", "\u00e9vil%", "%\ufffdexam%", "evil%example", "%l.examp%", "%kelvin%"}

var paths = []string{
	"domain-name:value", "ipv4-addr:value", "network-traffic:dst_ref.value", "network-traffic:src_ref.value", "network-traffic:dst_port", "network-traffic:protocols[*]", "network-traffic:protocols[0]", "network-traffic:encapsulates_refs[*].dst_ref.value",
	"file:name", "file:hashes.'SHA-256'", "file:size", "file:name_hex", "file:name_bin", "file:extensions.'x-e'.sections[*].name", "file:extensions.'x-e'.sections[1].entropy",
	"process:command_line", "process:pid", "process:is_hidden", "process:type", "process:id", "process:opened_connection_refs[*].dst_port", "process:binary_ref.name", "process:binary_ref",
}

// patterns draws the text of a pattern.
func patterns() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string { return drawObservation(t, 2) })
}

func drawObservation(t *rapid.T, depth int) string {
	if depth == 0 || rapid.IntRange(0, 2).Draw(t, "leaf") > 0 {
		paths := paths
		if depth%2 == 0 {
			paths = paths[:3]
		}
		kinds := map[string][]string{}
		var order []string
		for _, p := range paths {
			kind, _, _ := strings.Cut(p, ":")
			if kinds[kind] == nil {
				order = append(order, kind)
			}
			kinds[kind] = append(kinds[kind], p)
		}
		return "[" + drawComparison(t, kinds[rapid.SampledFrom(order).Draw(t, "kind")], 2) + "]"
	}
	a, b := drawObservation(t, depth-1), drawObservation(t, depth-1)
	switch rapid.IntRange(0, 6).Draw(t, "join") {
	case 0:
		return "(" + a + " AND " + b + ")"
	case 1:
		return "(" + a + " OR " + b + ")"
	case 2:
		return "(" + a + " FOLLOWEDBY " + b + ")"
	case 3:
		return "(" + a + " FOLLOWEDBY " + b + ") WITHIN 5 SECONDS"
	case 4:
		return "(" + a + ") REPEATS 2 TIMES WITHIN 3 SECONDS"
	case 5:
		return "(" + a + ") START t'2017-05-12T08:00:02Z' STOP t'2017-05-12T08:00:09.5Z'"
	}
	return "(" + a + ") REPEATS 2 TIMES"
}

func drawComparison(t *rapid.T, paths []string, depth int) string {
	if depth > 0 && rapid.IntRange(0, 2).Draw(t, "joined") == 0 {
		by := rapid.SampledFrom([]string{" AND ", " OR "}).Draw(t, "by")
		return "(" + drawComparison(t, paths, depth-1) + by + drawComparison(t, paths, depth-1) + ")"
	}
	path := rapid.SampledFrom(paths).Draw(t, "path")
	text := func() string { return quoted(rapid.SampledFrom(texts).Draw(t, "text")) }
	not := rapid.SampledFrom([]string{"", "", "", "", "NOT "}).Draw(t, "not")
	constant := func() string {
		return rapid.OneOf(rapid.SampledFrom([]string{"5", "5.0", "4.5", "443", "0", "true", "b'ZXZpbA=='", "h'6576696c'"}), rapid.Custom(func(t *rapid.T) string { return quoted(rapid.SampledFrom(texts).Draw(t, "text")) })).Draw(t, "constant")
	}
	switch rapid.IntRange(0, 9).Draw(t, "comparison") {
	case 0:
		return "EXISTS " + path
	case 1:
		return path + " " + not + "LIKE " + quoted(rapid.SampledFrom(likes).Draw(t, "like"))
	case 2:
		return path + " " + not + "MATCHES " + quoted(rapid.SampledFrom(regexes).Draw(t, "regex"))
	case 3:
		net := rapid.SampledFrom([]string{"198.51.100.7", "198.51.100.0/24", "198.51.100.64/25", "0.0.0.0/0", "2001:db8::/32", "::/0", "::ffff:0:0/96"}).Draw(t, "net")
		return path + " " + not + rapid.SampledFrom([]string{"ISSUBSET ", "ISSUPERSET "}).Draw(t, "net by") + quoted(net)
	case 4:
		return path + " " + not + "IN (" + text() + ", " + text() + ")"
	case 5:
		return path + " " + not + rapid.SampledFrom([]string{"<", ">=", "!="}).Draw(t, "order") + " " + text()
	}
	return path + " " + not + "= " + constant()
}

// observations draws an event.
func observations() *rapid.Generator[*pattern.Observed] {
	text := func(t *rapid.T) any { return rapid.SampledFrom(texts).Draw(t, "text") }
	either := func(t *rapid.T, others ...any) any {
		if rapid.IntRange(0, 3).Draw(t, "other") == 0 {
			return rapid.SampledFrom(others).Draw(t, "value")
		}
		return text(t)
	}
	return rapid.Custom(func(t *rapid.T) *pattern.Observed {
		o := &pattern.Observed{Number: rapid.IntRange(1, 3).Draw(t, "number")}
		for i := range rapid.IntRange(0, 4).Draw(t, "objects") {
			id := fmt.Sprint("x--", i)
			ref := func() any { return fmt.Sprint("x--", rapid.IntRange(0, 3).Draw(t, "ref")) }
			object := pattern.Object{"id": id}
			some := func(key string, v func() any) {
				if rapid.Bool().Draw(t, key) {
					object[key] = v()
				}
			}
			switch rapid.IntRange(0, 4).Draw(t, "kind") {
			case 0:
				object["type"] = "domain-name"
				some("value", func() any { return text(t) })
			case 1:
				object["type"] = "ipv4-addr"
				some("value", func() any { return text(t) })
			case 2:
				object["type"] = "network-traffic"
				some("dst_ref", ref)
				some("src_ref", ref)
				some("encapsulates_refs", func() any { return []any{ref(), ref()} })
				some("dst_port", func() any { return either(t, int64(443), int64(5), 443.0, 4.5, true) })
				some("protocols", func() any { return []any{text(t), text(t)} })
			case 3:
				object["type"] = "file"
				some("name", func() any { return either(t, nil, int64(0), []any{"evil.example"}) })
				some("size", func() any { return either(t, int64(5), 5.0, math.Copysign(0, -1)) })
				some("name_hex", func() any { return text(t) })
				some("name_bin", func() any { return text(t) })
				some("hashes", func() any { return map[string]any{"SHA-256": text(t)} })
				some("extensions", func() any {
					return map[string]any{"x-e": map[string]any{"sections": []any{map[string]any{"name": text(t)}, map[string]any{"entropy": 4.5}}}}
				})
			case 4:
				object["type"] = "process"
				some("command_line", func() any { return text(t) })
				some("pid", func() any { return either(t, int64(5), int64(443)) })
				some("is_hidden", func() any { return true })
				some("binary_ref", ref)
				some("opened_connection_refs", func() any { return []any{ref()} })
			}
			o.Objects = append(o.Objects, object)
		}
		o.First = time.Date(2017, 5, 12, 8, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 24).Draw(t, "at")) * 500 * time.Millisecond)
		o.Last = o.First.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "for")) * time.Second)
		return o
	})
}

// TestAsEachPatternAlone holds the set against the oracle while patterns come,
// go and are replaced between the events.
func TestAsEachPatternAlone(t *testing.T) {
	hits := 0
	rapid.Check(t, func(t *rapid.T) {
		s, o := patternset.New(patternset.Options{Uncovered: 1000, Programs: 4}), newOracle()
		add := func(id string) {
			text := patterns().Draw(t, "pattern")
			p, err := pattern.Parse(text)
			if err != nil {
				return // a set whose values are of different types, and the like
			}
			if o.programs[id] != nil && s.Len() > 0 {
				if s.Remove(id) != true {
					t.Fatalf("%s is not there to be removed", id)
				}
				delete(o.programs, id)
			}
			want, got := o.add(id, p), s.Add(id, p)
			if (want == nil) != (got == nil) {
				t.Fatalf("add %s: %v, alone: %v", text, got, want)
			}
		}
		for i := range rapid.IntRange(1, 20).Draw(t, "patterns") {
			add(fmt.Sprint("indicator--", i))
		}
		for ref := range rapid.IntRange(1, 25).Draw(t, "events") {
			hits += agree(t, s, o, observations().Draw(t, "event"), uint64(ref))
			if rapid.IntRange(0, 4).Draw(t, "change") == 0 {
				add(fmt.Sprint("indicator--", rapid.IntRange(0, 20).Draw(t, "which")))
			}
		}
		if s.Len() != len(o.programs) {
			t.Fatalf("%d patterns, want %d", s.Len(), len(o.programs))
		}
	})
	if hits == 0 {
		t.Error("no pattern held: the test says nothing")
	}
}

func quoted(text string) string {
	return pattern.Constant{Kind: pattern.String, Text: text}.String()
}
