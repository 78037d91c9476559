package patternset_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

var eight = time.Date(2017, 5, 12, 8, 0, 0, 0, time.UTC)

// event is one observation, so many seconds after eight.
func event(second int, objects ...pattern.Object) *observation {
	at := eight.Add(time.Duration(second) * time.Second)
	return &observation{First: at, Last: at, Number: 1, Objects: objects}
}

func domain(name string) pattern.Object { return pattern.Object{"type": "domain-name", "value": name} }

func process(key string, v any) pattern.Object { return pattern.Object{"type": "process", key: v} }

func mustAdd(t testing.TB, s *patternset.Set, id, text string) {
	t.Helper()
	if err := s.Add(id, parse(t, text)); err != nil {
		t.Fatal(err)
	}
}

func TestCases(t *testing.T) {
	long := strings.Repeat("9", 40)
	for _, c := range []struct {
		name, pattern string
		event         *observation
		want          bool
	}{
		{"equal", "[domain-name:value = 'evil.example']", event(0, domain("evil.example")), true},
		{"upper case", "[domain-name:value = 'evil.example']", event(0, domain("EVIL.example")), false},
		{"part of a value", "[domain-name:value = 'evil.example']", event(0, domain("notevil.example")), false},
		{"another type", "[domain-name:value = 'evil.example']", event(0, pattern.Object{"type": "url", "value": "evil.example"}), false},
		{"integer and float", "[process:pid = 5.0]", event(0, process("pid", int64(5))), true},
		{"float and integer", "[process:pid = 5]", event(0, process("pid", 5.0)), true},
		{"string and number", "[process:pid = '5']", event(0, process("pid", int64(5))), false},
		{"a large number", "[process:size = 1" + strings.Repeat("0", 300) + ".0]", event(0, process("size", 1e300)), true},
		{"a small number", "[process:size = 0." + strings.Repeat("0", 299) + "1]", event(0, process("size", 1e-300)), true},
		{"digits that are text", "[process:name = '" + long + "']", event(0, process("name", long)), true},
		{"other digits that are text", "[process:name = '" + long + "']", event(0, process("name", long[1:]+"8")), false},
		{"two texts with one gram", "[process:name LIKE '%abcdefgh%' OR process:name LIKE '%abcdefxy%']", event(0, process("name", "abcdefxy")), true},
		{"case of LIKE", "[process:name LIKE '%abcdefgh%']", event(0, process("name", "ABCDEFGH")), false},
		{"case of (?i)", "[process:name MATCHES '(?i)kelvin']", event(0, process("name", "\u212aELVIN")), true},
		{"a long s", "[process:name MATCHES '(?i)^secret']", event(0, process("name", "\u017fECRET")), true},
		{"an alternative that needs no text", "[process:name MATCHES '^(evil\\\\.|[0-9]+)$']", event(0, process("name", "443")), true},
		{"a repetition that may be none", "[process:name MATCHES '^(evil\\\\.){0,2}443$']", event(0, process("name", "443")), true},
		{"keys that look alike", "[process:'a\x00\x00\x01b' = 'evil-mode' OR process:a.b = 'evil-mode']", event(0, process("a", map[string]any{"b": "evil-mode"})), true},
		{"form D", "[process:name LIKE '%caf\u00e9%']", event(0, process("name", "cafe\u0301")), true},
		{"short texts", "[process:name LIKE '%b']", event(0, process("name", "ab")), true},
		{"three bytes", "[process:name LIKE '%abc']", event(0, process("name", "abc")), true},
		{"four bytes at the end", "[process:name LIKE '%.exe']", event(0, process("name", "x.exe")), true},
		{"inside", "[ipv4-addr:value ISSUBSET '198.51.100.0/24']", event(0, pattern.Object{"type": "ipv4-addr", "value": "198.51.100.7"}), true},
		{"outside", "[ipv4-addr:value ISSUBSET '198.51.100.0/24']", event(0, pattern.Object{"type": "ipv4-addr", "value": "198.51.101.7"}), false},
		{"mapped into IPv6", "[ipv6-addr:value ISSUBSET '::/0']", event(0, pattern.Object{"type": "ipv6-addr", "value": "::ffff:198.51.100.7"}), true},
		{"a zone", "[ipv6-addr:value ISSUBSET 'fe80::/10']", event(0, pattern.Object{"type": "ipv6-addr", "value": "fe80::7%" + strings.Repeat("z", 99)}), true},
		{"around", "[ipv4-addr:value ISSUPERSET '198.51.100.7']", event(0, pattern.Object{"type": "ipv4-addr", "value": "198.51.100.0/24"}), true},
		{"octets", "[process:name_hex = 'evil']", event(0, process("name_hex", "6576696c")), true},
		{"an empty set", "[process:name IN ()]", event(0, process("name", "a")), false},
		{"nothing but a flag", "[process:is_hidden = true]", event(0, process("is_hidden", true)), true},
		{"two references away", "[network-traffic:encapsulates_refs[*].dst_ref.value = '198.51.100.7']", event(0,
			pattern.Object{"type": "network-traffic", "encapsulates_refs": []any{"inner"}},
			pattern.Object{"type": "network-traffic", "id": "inner", "dst_ref": "address"},
			pattern.Object{"type": "ipv4-addr", "id": "address", "value": "198.51.100.7"}), true},
		{"an element by its index", "[process:arguments[1] = 'evil-mode']", event(0, process("arguments", []any{"x", "evil-mode"})), true},
		{"another element", "[process:arguments[1] = 'evil-mode']", event(0, process("arguments", []any{"evil-mode"})), false},
		{"a long IN", "[process:name IN ('" + strings.Repeat("x', '", 500) + "y-mode')]", event(0, process("name", "y-mode")), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := patternset.New(patternset.Options{})
			mustAdd(t, s, "indicator--1", c.pattern)
			if got := len(hitsOf(s, c.event, 1)) == 1; got != c.want {
				t.Errorf("%s holds: %v, want %v", c.pattern, got, c.want)
			}
		})
	}
}

func TestHit(t *testing.T) {
	s := patternset.New(patternset.Options{})
	mustAdd(t, s, "indicator--1", "([domain-name:value = 'evil.example'] FOLLOWEDBY [process:command_line LIKE '%evil.exe%']) WITHIN 5 SECONDS")
	if hits := hitsOf(s, event(0, domain("evil.example")), 41); hits != nil {
		t.Errorf("half of the pattern is a hit: %v", hits)
	}
	want := []patternset.Hit{{ID: "indicator--1", Path: "process:command_line", Value: "/tmp/evil.exe -x", Refs: []uint64{41, 42}}}
	if diff := cmp.Diff(want, hitsOf(s, event(4, process("command_line", "/tmp/evil.exe -x")), 42)); diff != "" {
		t.Error(diff)
	}
	if hits := hitsOf(s, event(4, process("command_line", "/tmp/evil.exe -x")), 43); hits != nil {
		t.Errorf("the first observation counts twice: %v", hits)
	}
}

func TestYieldStops(t *testing.T) {
	s := patternset.New(patternset.Options{})
	mustAdd(t, s, "indicator--1", "[domain-name:value = 'evil.example']")
	mustAdd(t, s, "indicator--2", "[domain-name:value = 'evil.example']")
	mustAdd(t, s, "indicator--3", "[EXISTS domain-name:value]")
	calls := 0
	s.Match(event(0, domain("evil.example")), 1, func(patternset.Hit) bool {
		calls++
		return false
	})
	if calls != 1 {
		t.Errorf("yield was called %d times after it returned false", calls-1)
	}
}

func TestAddReplacesAndRemoveForgets(t *testing.T) {
	s := patternset.New(patternset.Options{})
	evil, bad := event(0, domain("evil.example")), event(0, domain("bad.example"))
	mustAdd(t, s, "indicator--1", "[domain-name:value = 'evil.example']")
	mustAdd(t, s, "indicator--1", "[domain-name:value = 'bad.example']")
	if s.Len() != 1 || hitsOf(s, evil, 1) != nil || len(hitsOf(s, bad, 2)) != 1 {
		t.Errorf("the second pattern did not take the place of the first: %d patterns, %v", s.Len(), hitsOf(s, evil, 3))
	}
	if !s.Remove("indicator--1") || s.Remove("indicator--1") {
		t.Error("Remove says something else than whether the pattern was there")
	}
	if s.Len() != 0 || hitsOf(s, bad, 4) != nil {
		t.Error("a removed pattern holds")
	}
	if err := s.Add("indicator--2", parse(t, "[ipv4-addr:value MATCHES '(a)\\\\1']")); err == nil || !strings.Contains(err.Error(), "indicator--2") {
		t.Errorf("a backreference: error %v", err)
	}
}

// TestRemoveLeavesOthers: what waits for the same term stays.
func TestRemoveLeavesOthers(t *testing.T) {
	for _, text := range []string{
		"[ipv4-addr:value ISSUBSET '198.51.100.0/24']", "[ipv4-addr:value ISSUPERSET '198.51.100.7']",
		"[ipv4-addr:value = '198.51.100.7']", "[ipv4-addr:value LIKE '%.51.100.7']", "[ipv4-addr:value != '198.51.100.8']",
	} {
		s := patternset.New(patternset.Options{})
		e := event(0, pattern.Object{"type": "ipv4-addr", "value": "198.51.100.7"})
		mustAdd(t, s, "indicator--1", text)
		mustAdd(t, s, "indicator--2", text)
		s.Remove("indicator--1")
		if hits := hitsOf(s, e, 1); len(hits) != 1 || hits[0].ID != "indicator--2" {
			t.Errorf("%s: after the removal of its like: %v", text, hits)
		}
		s.Remove("indicator--2")
		if hits := hitsOf(s, e, 2); hits != nil {
			t.Errorf("%s: after its removal: %v", text, hits)
		}
	}
}

// TestUncoveredBudget: what no term covers is counted and limited, and its cost
// is told.
func TestUncoveredBudget(t *testing.T) {
	s := patternset.New(patternset.Options{Uncovered: 2})
	mustAdd(t, s, "covered", "[process:name = 'evil.exe' AND process:pid != 4]")
	mustAdd(t, s, "not", "[process:name != 'good.exe']")
	mustAdd(t, s, "half", "[domain-name:value = 'evil.example'] FOLLOWEDBY [process:pid > 4]")
	err := s.Add("over", parse(t, "[EXISTS process:cwd]"))
	if !errors.Is(err, patternset.ErrUncovered) || !strings.Contains(err.Error(), "over: ") {
		t.Errorf("a third: error %v", err)
	}
	for i := range 1000 {
		s.Match(event(i, process("name", "good.exe")), uint64(i), func(patternset.Hit) bool { return true })
	}
	st := s.Stats()
	if st.Patterns != 3 || st.Covered != 1 || st.Uncovered != 2 || st.Budget != 2 || st.Refused != 1 {
		t.Errorf("stats %+v", st)
	}
	if st.UncoveredShare <= 0 || st.UncoveredShare > 1 {
		t.Errorf("patterns that no term covers took %v of the time", st.UncoveredShare)
	}
	all := s.Uncovered()
	if len(all) != 2 || all[0].ID != "not" || all[0].Cost <= 0 || !cmp.Equal(all[0].At, []string{"process"}) || !cmp.Equal(all[1].At, []string{"process:pid"}) {
		t.Errorf("uncovered %+v", all)
	}
	if _, err := json.Marshal(all); err != nil { // for an edge's status
		t.Error(err)
	}
	if all[1].Took != 0 {
		t.Error("a pattern was evaluated for events that have not its path")
	}
	mustAdd(t, s, "not", "[process:name != 'better.exe']")
	s.Remove("not")
	mustAdd(t, s, "over", "[EXISTS process:cwd]")
	if len(hitsOf(s, event(0, process("cwd", "/")), 1)) != 1 {
		t.Error("a pattern within the budget does not hold")
	}
}

// TestCrowd: a term for which too many patterns wait takes no more.
func TestCrowd(t *testing.T) {
	s := patternset.New(patternset.Options{Crowd: 10})
	var err error
	for i := range 11 {
		err = s.Add(fmt.Sprint("indicator--", i), parse(t, "[network-traffic:dst_port = 443]"))
	}
	if !errors.Is(err, patternset.ErrCrowded) || !strings.Contains(err.Error(), "network-traffic:dst_port = 443") {
		t.Errorf("the eleventh: error %v", err)
	}
	mustAdd(t, s, "rarer", "[network-traffic:dst_port = 443 AND network-traffic:dst_ref.value = '198.51.100.7']")
	if st := s.Stats(); st.Patterns != 11 || st.Crowded != 1 {
		t.Errorf("stats %+v", st)
	}
}
