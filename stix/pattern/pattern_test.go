package pattern_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

func TestParsePrintsCanonically(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"[domain-name:value='evil.example']", "[domain-name:value = 'evil.example']"},
		{"[ file:hashes . 'MD5' == 'a' ]", "[file:hashes.MD5 = 'a']"},
		{"[file:hashes.'SHA-256' <> 'a']", "[file:hashes.'SHA-256' != 'a']"},
		{"([a:b = 1])", "[a:b = 1]"},
		{"[a:b = 1 OR a:c = 2 AND a:d = 3]", "[a:b = 1 OR a:c = 2 AND a:d = 3]"},
		{"[(a:b = 1 OR a:c = 2) AND a:d = 3]", "[(a:b = 1 OR a:c = 2) AND a:d = 3]"},
		{"[a:b = 1 AND (a:c = 2 AND a:d = 3)]", "[a:b = 1 AND (a:c = 2 AND a:d = 3)]"},
		{"[a:b = 1] FOLLOWEDBY [c:d = 2] OR [e:f = 3]", "[a:b = 1] FOLLOWEDBY [c:d = 2] OR [e:f = 3]"},
		{"([a:b = 1] FOLLOWEDBY [c:d = 2]) OR [e:f = 3]", "([a:b = 1] FOLLOWEDBY [c:d = 2]) OR [e:f = 3]"},
		{"([a:b = 1] AND [c:d = 2]) WITHIN 5 SECONDS", "([a:b = 1] AND [c:d = 2]) WITHIN 5 SECONDS"},
		{"([a:b = 1] REPEATS 2 TIMES) REPEATS 2 TIMES", "([a:b = 1] REPEATS 2 TIMES) REPEATS 2 TIMES"},
		{"[a:b = 1] REPEATS 5 TIMES WITHIN 0.5 SECONDS", "[a:b = 1] REPEATS 5 TIMES WITHIN 0.5 SECONDS"},
		{"[a:b=1]START t'2017-05-12T00:00:00Z'STOP t'2017-05-13T00:00:00.5Z'", "[a:b = 1] START t'2017-05-12T00:00:00Z' STOP t'2017-05-13T00:00:00.5Z'"},
		{"[a:b NOT IN ('x' , 'y')]", "[a:b NOT IN ('x', 'y')]"},
		{"[a:b IN (1, 2.5)]", "[a:b IN (1, 2.5)]"},
		{"[a:b IN ()]", "[a:b IN ()]"},
		{"[EXISTS a:b.c[3].d[*]]", "[EXISTS a:b.c[3].d[*]]"},
		{"[EXISTS a--:_]", "[EXISTS a--:_]"}, // a key of one character, and it an underscore
		{"[a:b > -7 AND a:b <= +.50]", "[a:b > -7 AND a:b <= 0.5]"},
		{"[a:b = -0.0]", "[a:b = 0.0]"},
		{"[a:b = h'FFd8']", "[a:b = h'ffd8']"},
		{"[a:b = b'dGhp\ncw==']", "[a:b = b'dGhpcw==']"},
		{"[a:b = true OR a:b = false]", "[a:b = true OR a:b = false]"},
		{`[a:b = 'it\'s C:\\x']`, `[a:b = 'it\'s C:\\x']`},
		{"[a:'AND'.'x-y'.'' = 1]", "[a:'AND'.'x-y'.'' = 1]"},
		{"[a:b MATCHES'^x$']", "[a:b MATCHES '^x$']"},
		{"[a:b LIKE '%x_' OR c:d ISSUBSET '198.51.100.0/24' OR c:d NOT ISSUPERSET '198.51.100.7']",
			"[a:b LIKE '%x_' OR c:d ISSUBSET '198.51.100.0/24' OR c:d NOT ISSUPERSET '198.51.100.7']"},
		{"/* what */ [a:b = 1] // why\n\u00a0", "[a:b = 1]"},
		{"[a:b = t'2016-12-31T23:59:60Z']", "[a:b = t'2016-12-31T23:59:60Z']"},
	} {
		p, err := pattern.Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := p.String(); got != c.want {
			t.Errorf("%s\nis printed as\n%s, want\n%s", c.text, got, c.want)
		}
		again, err := pattern.Parse(p.String())
		if err != nil {
			t.Errorf("%s: %v", p, err)
		} else if diff := cmp.Diff(p, again); diff != "" {
			t.Errorf("%s is another pattern when read back:\n%s", c.text, diff)
		}
	}
}

func TestParseNamesPlaceAndRemedy(t *testing.T) {
	for _, c := range []struct {
		text         string
		line, column int
		says         string
	}{
		{"", 1, 1, "the pattern ends"},
		{"file:size = 1280", 1, 1, "square brackets"},
		{"[a:b = ]", 1, 8, "expected a constant"},
		{"[a:b = x]", 1, 8, "apostrophes"},
		{"[a:b = 'x]", 1, 8, "no end"},
		{`[a:b = 'C:\x']`, 1, 11, `write \\`},
		{"[a:b\n  = 'ä' AND\n  é = 1]", 3, 3, "'é'"},
		{"[a:b = 1] WITHIN 5 HOURS", 1, 20, "expected SECONDS, found HOURS"},
		{"[a:b = 1] within 5 SECONDS", 1, 11, "found within"},
		{"[a:b = 1] WITHIN 0 SECONDS", 1, 18, "above 0"},
		{"[a:b = 1] REPEATS 0 TIMES", 1, 19, "above 0"},
		{"[a:b = 1] REPEATS 2.5 TIMES", 1, 19, "integer"},
		{"[a:b = 1] WITHIN 5 SECONDS WITHIN 6 SECONDS", 1, 28, "second WITHIN"},
		{"[a:b = 1] START '2017-05-12T00:00:00Z' STOP t'2017-05-13T00:00:00Z'", 1, 17, "takes a timestamp"},
		{"[a:b = t'2024-02-30T12:00:00Z']", 1, 8, "no timestamp"},
		{"[a:b = b'====']", 1, 8, "base64"},
		{"[a:b = h'abc']", 1, 8, "hexadecimal"},
		{"[a:b = 9007199254740992]", 1, 8, "out of range"},
		{"[a:b = 1.2.3]", 1, 8, "no number"},
		{"[a:b = 007]", 1, 8, "no number"},
		{"[a:b > true]", 1, 8, "order"},
		{"[a:b LIKE 5]", 1, 11, "takes a string"},
		{"[a:b IN ('x', 5)]", 1, 15, "one type"},
		{"[a:hashes.SHA-256 = 'x']", 1, 11, "quoted: 'SHA-256'"},
		{"[a:b[x] = 1]", 1, 6, "an index"},
		{"[a:b = 1 AND c:d = 2]", 1, 1, "can never hold"},
		{"[a:b = 1])", 1, 10, "closes nothing"},
		{"([a:b = 1]", 1, 11, "expected )"},
		{"/* [a:b = 1]", 1, 1, "comment has no end"},
		{"[a:b = 'x\xff']", 1, 10, "UTF-8"},
		{strings.Repeat("(", 65) + "[a:b = 1]", 1, 65, "nested"},
		{"[" + strings.Repeat("(", 65) + "a:b = 1", 1, 66, "nested"},
		{strings.Repeat(" ", pattern.MaxLength+1), 1, 1, "bytes"},
	} {
		_, err := pattern.Parse(c.text)
		var syntax *pattern.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%.60s: error %v", c.text, err)
			continue
		}
		if syntax.Line != c.line || syntax.Column != c.column || !strings.Contains(syntax.Message, c.says) {
			t.Errorf("%.60s: %v; want line %d, column %d and %q", c.text, err, c.line, c.column, c.says)
		}
	}
}

func TestEqualities(t *testing.T) {
	eq := func(pairs ...string) (all []pattern.Equality) {
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, pattern.Equality{Path: pairs[i], Value: pairs[i+1]})
		}
		return all
	}
	for _, c := range []struct {
		text     string
		want     []pattern.Equality
		complete bool
	}{
		{"[domain-name:value = 'a.example']", eq("domain-name:value", "a.example"), true},
		{"[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')] OR [ipv6-addr:value = '2001:db8::1']",
			eq("ipv4-addr:value", "192.0.2.1", "ipv4-addr:value", "192.0.2.2", "ipv6-addr:value", "2001:db8::1"), true},
		{"[file:hashes.MD5 = 'x' OR file:hashes.'SHA-256' = 'y']", eq("file:hashes.MD5", "x", "file:hashes.'SHA-256'", "y"), true},
		{"[url:value = 'http://a.example/' OR file:name = 'x']", eq("url:value", "http://a.example/"), false},
		{"[domain-name:value = 'a.example'] OR ([url:value = 'http://b.example/'] AND [file:size = 1])", eq("domain-name:value", "a.example"), false},
		{"[ipv4-addr:value = '192.0.2.1' OR ipv4-addr:value ISSUBSET '198.51.100.0/24']", eq("ipv4-addr:value", "192.0.2.1"), false},
		{"[ipv4-addr:value NOT ISSUBSET '198.51.100.0/24']", nil, false},
		{"[file:hashes.MD5 = 'x' AND file:size = 1]", nil, false},
		{"[domain-name:value NOT = 'a.example']", nil, false},
		{"[domain-name:value != 'a.example']", nil, false},
		{"[domain-name:value LIKE 'a.example']", nil, false},
		{"[domain-name:value = 'a.example'] REPEATS 2 TIMES", nil, false},
		{"[domain-name:value = 'a.example'] AND [domain-name:value = 'b.example']", nil, false},
		{"[network-traffic:dst_ref.value = '192.0.2.1']", nil, false},
		{"[domain-name:value = 5]", nil, false},
		{"[EXISTS domain-name:value]", nil, false},
	} {
		p, err := pattern.Parse(c.text)
		if err != nil {
			t.Fatal(err)
		}
		got, complete := pattern.Equalities(p)
		if diff := cmp.Diff(c.want, got); diff != "" || complete != c.complete {
			t.Errorf("%s: complete %v, terms (-want +got)\n%s", c.text, complete, diff)
		}
	}
	if _, complete := pattern.Equalities(pattern.Pattern{}); complete {
		t.Error("no pattern at all is not a complete one")
	}
}

func TestTermsKnowPrefixes(t *testing.T) {
	for _, c := range []struct {
		text     string
		want     []pattern.Term
		complete bool
	}{
		{"[ipv4-addr:value = '192.0.2.1' OR ipv6-addr:value ISSUBSET '2001:db8::/32']",
			[]pattern.Term{{Path: "ipv4-addr:value", Value: "192.0.2.1"}, {Path: "ipv6-addr:value", Value: "2001:db8::/32", Subset: true}}, true},
		{"[url:value ISSUBSET '198.51.100.0/24']", nil, false},
		{"[ipv4-addr:value ISSUPERSET '198.51.100.0/24']", nil, false},
	} {
		p, err := pattern.Parse(c.text)
		if err != nil {
			t.Fatal(err)
		}
		got, complete := pattern.Terms(p)
		if diff := cmp.Diff(c.want, got); diff != "" || complete != c.complete {
			t.Errorf("%s: complete %v, terms (-want +got)\n%s", c.text, complete, diff)
		}
	}
}
