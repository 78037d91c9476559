package pattern_test

import (
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// objects reads the objects of an observation; whole numbers are integers.
func objects(t testing.TB, text string) *pattern.Observed {
	t.Helper()
	var all []map[string]any
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	o := &pattern.Observed{First: epoch, Last: epoch, Number: 1}
	for _, properties := range all {
		o.Objects = append(o.Objects, whole(properties).(map[string]any))
	}
	return o
}

func whole(v any) any {
	switch v := v.(type) {
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v)
		}
	case []any:
		for i := range v {
			v[i] = whole(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = whole(v[name])
		}
	}
	return v
}

const seen = `[
	{"type": "file", "id": "file--1", "name": "café.exe", "size": 25536, "score": 2.5, "hidden": false, "none": null,
	 "hashes": {"MD5": "d41d8cd98f00b204e9800998ecf8427e", "SHA-256": "E3B0"},
	 "magic_number_hex": "ffD8", "head_bin": "aGVsbG8=", "odd_hex": "xyz", "created": "2017-05-12T07:43:00.50Z",
	 "names": ["a.txt", "b\nb.txt"], "sizes": [1, 20, 300], "nested": [[1, 2], [3]], "empty": [],
	 "parent_directory_ref": "directory--1", "contains_refs": ["file--2", "file--gone"],
	 "extensions": {"archive-ext": {"contains_refs": ["file--2"], "comment": "x"}}},
	{"type": "file", "id": "file--2", "name": "inner.dll", "size": 7, "parent_directory_ref": "directory--gone"},
	{"type": "directory", "id": "directory--1", "path": "C:\\Windows", "contains_refs": ["file--1", "file--2"]},
	{"type": "network-traffic", "id": "n--1", "src_ref": "ipv4-addr--1", "dst_ref": "ipv6-addr--1", "dst_port": 443},
	{"type": "ipv4-addr", "id": "ipv4-addr--1", "value": "198.51.100.7"},
	{"type": "ipv4-addr", "id": "ipv4-addr--2", "value": "203.0.113.0/25"},
	{"type": "ipv6-addr", "id": "ipv6-addr--1", "value": "2001:db8::7"}
]`

func TestComparisons(t *testing.T) {
	o := objects(t, seen)
	for _, c := range []struct {
		text string
		want bool
	}{
		{"file:size = 25536", true}, {"file:size = 25536.0", true}, {"file:size = 25536.5", false}, {"file:size = '25536'", false},
		{"file:size != '25536'", true}, {"file:size > 25535.9", true}, {"file:score > 2", true}, {"file:score <= 2.5", true}, {"file:score < 2", false},
		{"file:size NOT > 30000", true}, {"file:size NOT != 25536", true}, {"file:size > 'x'", false}, {"file:size NOT > 'x'", true},
		{"file:hidden = false", true}, {"file:hidden != true", true}, {"file:hidden = 0", false},
		{"file:none = 'x'", false}, {"file:none != 'x'", true}, {"file:none NOT LIKE '%'", true},
		// What is not there holds for nothing, NOT or not.
		{"file:gone = 'x'", false}, {"file:gone != 'x'", false}, {"file:gone NOT = 'x'", false}, {"file:gone NOT IN ()", false}, {"socket:gone != 'x'", false},
		{"file:name IN ('x', 'inner.dll')", true}, {"file:size IN (7.0, 8)", true}, {"file:size NOT IN (7, 25536)", false}, {"file:name IN ()", false}, {"file:name NOT IN ()", true},
		{"file:name IN ('1','2','3','4','5','6','7','8','9','inner.dll')", true}, {"file:name IN ('1','2','3','4','5','6','7','8','9','0')", false},
		{"file:head_bin IN ('1','2','3','4','5','6','7','8','9','hello')", true},
		{"file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e'", true}, {"file:hashes.'SHA-256' = 'e3b0'", false}, {"file:hashes.'SHA-256' LIKE 'E__0'", true},
		// Strings compare by code point, without normal forms.
		{"file:name > 'b'", true}, {"file:name < 'a'", false}, {"file:name = 'cafe\u0301.exe'", false}, {"file:name = 'café.exe'", true},
		{"file:name LIKE 'cafe\u0301%'", true}, {"file:name LIKE 'caf_.exe'", true}, {"file:name LIKE 'CAF%'", false}, {"file:name LIKE 'café'", false},
		{"file:name LIKE '%.exe'", true}, {"file:name LIKE '%f_.%x%'", true}, {"file:name LIKE '%.e_e%e'", false}, {"file:name LIKE '%'", true}, {"file:name LIKE '%dll_'", false},
		{"file:name LIKE 'inner.dll%%'", true}, {"file:names[1] LIKE 'b_b%'", true}, {"file:name LIKE '%_ner_d__'", true},
		{"file:name MATCHES '^cafe\u0301\\\\.'", true}, {"file:name MATCHES 'ner'", true}, {"file:name MATCHES '^NER'", false}, {"file:name MATCHES '(?i)^INN'", true},
		{"file:names[1] MATCHES 'b.b'", false}, {"file:names[1] MATCHES '(?s)b.b'", true}, {"file:size MATCHES '2'", false}, {"file:size NOT MATCHES '2'", true},
		// Octets.
		{"file:magic_number_hex = h'ffd8'", true}, {"file:magic_number_hex = b'/9g='", true}, {"file:magic_number_hex = 'ÿØ'", true}, {"file:magic_number_hex = 'ffD8'", false},
		{"file:magic_number_hex > h'ff'", true}, {"file:magic_number_hex < h'ffd9'", true}, {"file:magic_number_hex MATCHES '^\\\\xff'", true}, {"file:magic_number_hex LIKE 'ÿ_'", true},
		{"file:head_bin = 'hello'", true}, {"file:head_bin LIKE 'h%o'", true}, {"file:head_bin = 'ŨťŬŬů'", false}, {"file:head_bin != '€'", true}, {"file:head_bin < '€'", false}, {"file:head_bin NOT MATCHES '[^€]'", true},
		{"file:name = h'696e6e65722e646c6c'", true}, {"file:name > b'aW4='", true}, {"file:odd_hex = 'xyz'", false}, {"file:odd_hex != 'xyz'", true},
		// Timestamps.
		{"file:created = t'2017-05-12T07:43:00.5Z'", true}, {"file:created < t'2017-05-12T07:43:00.5000000000001Z'", true}, {"file:created > t'2017-05-12T07:43:00Z'", true},
		{"file:created = '2017-05-12T07:43:00.5Z'", false}, {"file:name = t'2017-05-12T07:43:00Z'", false}, {"file:name != t'2017-05-12T07:43:00Z'", true},
		{"file:created IN (t'2017-05-12T07:43:00.500Z')", true}, {"file:size < t'2017-05-12T07:43:00Z'", false},
		// Lists.
		{"file:names[0] = 'a.txt'", true}, {"file:names[2] = 'a.txt'", false}, {"file:names[-1] != 'a'", false}, {"file:names[*] LIKE 'b%'", true}, {"file:sizes[*] > 299", true},
		{"file:sizes[*] > 300", false}, {"file:sizes[*] != 1", true}, {"file:nested[*][*] = 3", true}, {"file:nested[0][1] = 2", true}, {"file:nested[*] = 3", false},
		{"file:empty[*] NOT = 3", false}, {"file:names = 'a.txt'", false}, {"file:names != 'a.txt'", true}, {"file:names.x = 1", false}, {"file:name[0] = 'c'", false},
		// References.
		{"network-traffic:src_ref.value = '198.51.100.7'", true}, {"network-traffic:dst_ref.value ISSUBSET '2001:db8::/32'", true}, {"network-traffic:dst_ref.type = 'ipv6-addr'", true},
		{"network-traffic:dst_ref = 'ipv6-addr--1'", true}, {"file:parent_directory_ref.path = 'C:\\\\Windows'", true}, {"file:contains_refs[0].name = 'inner.dll'", true},
		{"file:contains_refs[1].name != 'x'", false}, {"file:contains_refs[*].name = 'inner.dll'", true}, {"file:contains_refs[*].parent_directory_ref.path = 'x'", false},
		{"directory:contains_refs[*].parent_directory_ref.contains_refs[*].contains_refs[*].size = 7", true},
		{"file:extensions.'archive-ext'.contains_refs[*].size = 7", true}, {"file:name.value = 'x'", false},
		// Addresses.
		{"ipv4-addr:value ISSUBSET '198.51.100.0/24'", true}, {"ipv4-addr:value ISSUBSET '198.51.100.99/24'", true}, {"ipv4-addr:value ISSUBSET '192.0.2.0/24'", false},
		{"ipv4-addr:value ISSUBSET '0.0.0.0/0'", true}, {"ipv4-addr:value ISSUBSET '::/0'", false}, {"ipv4-addr:value ISSUBSET '198.51.100.7'", true},
		{"ipv4-addr:value ISSUPERSET '203.0.113.64/26'", true}, {"ipv4-addr:value ISSUPERSET '203.0.113.5'", true}, {"ipv4-addr:value ISSUPERSET '203.0.113.0/24'", false},
		{"ipv4-addr:value NOT ISSUBSET '198.51.100.0/24'", true}, {"file:name ISSUBSET '198.51.100.0/24'", false},
		{"EXISTS file:none", true}, {"EXISTS file:gone", false}, {"EXISTS file:empty[*]", false}, {"EXISTS network-traffic:src_ref.value", true}, {"EXISTS file:contains_refs[1]", true}, {"EXISTS file:contains_refs[1].name", false},
		// All of it holds for one object.
		{"file:size = 7 AND file:name = 'inner.dll'", true}, {"file:size = 7 AND file:hidden = false", false}, {"file:size = 7 OR file:size = 8 AND file:name = 'x'", true},
		{"(file:size = 7 OR ipv4-addr:value = '203.0.113.0/25') AND (ipv4-addr:value LIKE '203.%' OR file:size = 8)", true},
	} {
		_, program := compiled(t, "["+c.text+"]")
		if _, got := program.Atoms()[0].Test(o); got != c.want {
			t.Errorf("%s: %v, want %v", c.text, got, c.want)
		}
	}
}

func TestDollarFitsBeforeALastNewlineAsInPCRE(t *testing.T) {
	for _, c := range []struct {
		value, regex string
		want         bool
	}{
		{"ab\n", "b$", true}, {"ab", "b$", true}, {"ab\n\n", "b$", false}, {"ab\n", `b\\z`, false}, {"b\na", "b$", false},
		{"b\na", "(?m)b$", true}, {"b\n", "^(a|b$)", true}, {"a.b$", `\\$`, true}, {"\n", "^$", true},
	} {
		_, program := compiled(t, "[x:v MATCHES '"+c.regex+"']")
		o := &pattern.Observed{Objects: []pattern.Object{{"type": "x", "v": c.value}}}
		if _, got := program.Atoms()[0].Test(o); got != c.want {
			t.Errorf("%q MATCHES %s: %v, want %v", c.value, c.regex, got, c.want)
		}
	}
}

func TestWitness(t *testing.T) {
	o := objects(t, seen)
	for _, c := range []struct {
		text string
		want pattern.Witness
	}{
		{"file:name LIKE 'inn%' AND file:size < 9", pattern.Witness{Path: "file:name", Value: "inner.dll"}},
		{"file:name != 'x' AND file:size < 9", pattern.Witness{Path: "file:size", Value: "7"}},
		{"file:name != 'x' AND file:size NOT = 9", pattern.Witness{}},
		{"file:name NOT != 'inner.dll'", pattern.Witness{Path: "file:name", Value: "inner.dll"}},
		{"file:size = 1 OR network-traffic:dst_ref.value LIKE '2001:%'", pattern.Witness{Path: "network-traffic:dst_ref.value", Value: "2001:db8::7"}},
		{"file:sizes[*] > 5 AND file:hidden = false", pattern.Witness{Path: "file:sizes[*]", Value: "20"}},
		{"file:score > 2", pattern.Witness{Path: "file:score", Value: "2.5"}},
		{"file:hidden = false", pattern.Witness{Path: "file:hidden", Value: "false"}},
		{"EXISTS file:hashes", pattern.Witness{Path: "file:hashes"}},
	} {
		_, program := compiled(t, "["+c.text+"]")
		got, ok := program.Atoms()[0].Test(o)
		if diff := cmp.Diff(c.want, got); !ok || diff != "" {
			t.Errorf("%s: %v %s", c.text, ok, diff)
		}
	}
}

func TestCompileSaysWhatCannotBeAsked(t *testing.T) {
	for _, c := range []struct{ text, says string }{
		{`[x:v MATCHES '(a)\\1']`, "x:v MATCHES: error parsing regexp: invalid escape sequence: `\\1`; a regular expression here runs in linear time"},
		{`[x:v MATCHES '(?=a)']`, "no backreferences, look-arounds"},
		{`[x:v MATCHES 'a{1001}']`, "1000 times"},
		{`[x:v MATCHES '((a{30}){30}){30}']`, "repeat"},
		{`[x:v MATCHES '` + strings.Repeat("x{900}", 30) + `']`, "repeats too much"},
		{`[x:v MATCHES '` + strings.Repeat("x", 5000) + `']`, "5000 bytes"},
		{`[x:v ISSUBSET '198.51.100.0/33']`, "198.51.100.0/33 is no address and no prefix"},
		{`[x:v ISSUPERSET 'x']`, "is no address"},
		{`[EXISTS x:` + strings.Repeat("v.", 64) + `v]`, "1 to 64 steps, this one 65"},
		{strings.Repeat(`[x:v=1] OR `, 4096) + `[x:v=1]`, "more than 4096"},
	} {
		p, err := pattern.Parse(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pattern.Compile(p); err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "compile pattern: ") {
			t.Errorf("%.60s: error %v, want %q", c.text, err, c.says)
		}
	}
	for _, p := range []pattern.Pattern{
		{},
		{Root: &pattern.Test{}},
		{Root: &pattern.Joined{Operator: pattern.And}},
		{Root: &pattern.Test{Comparison: &pattern.Compare{Path: pattern.Path{Type: "x"}}}},
	} {
		if _, err := pattern.Compile(p); err == nil {
			t.Errorf("%#v compiles", p)
		}
	}
}

func TestProgramsAreShared(t *testing.T) {
	_, program := compiled(t, "[file:name MATCHES '^inner'] AND [file:contains_refs[*].name LIKE '%.dll']")
	o := objects(t, seen)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				if got, ok := program.Match([]pattern.Observed{*o, *o}); !ok || len(got) != 2 {
					t.Errorf("%v, %v", got, ok)
				}
			}
		})
	}
	all.Wait()
}
