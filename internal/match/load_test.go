package match_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// taken is what Load gave.
type taken struct {
	indicators []match.Indicator
	patterns   []match.Problem
}

func (t *taken) Indicator(i match.Indicator) { t.indicators = append(t.indicators, i) }

func (t *taken) Pattern(id string, p pattern.Pattern) {
	t.patterns = append(t.patterns, match.Problem{Indicator: id, Reason: "pattern " + p.String()})
}

// loadAll gives the indicators, and after the problems the patterns.
func loadAll(r io.Reader, path string) ([]match.Indicator, []match.Problem, error) {
	var t taken
	problems, err := match.Load(r, path, &t)
	return t.indicators, append(problems.First, t.patterns...), err
}

func load(t *testing.T, text string) (lines []string, problems []string) {
	t.Helper()
	indicators, found, err := loadAll(strings.NewReader(text), "list.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, ind := range indicators {
		lines = append(lines, fmt.Sprintf("%s %v %v", ind.ID, ind.Value, ind.Subdomains))
	}
	for _, p := range found {
		problems = append(problems, fmt.Sprintf("%d %s", p.Line, p.Indicator))
		if p.Reason == "" || p.Line > 0 && p.String() != fmt.Sprintf("line %d: %s: %s", p.Line, p.Indicator, p.Reason) {
			t.Errorf("%+v", p)
		}
	}
	return lines, problems
}

func TestLoadList(t *testing.T) {
	hash := strings.Repeat("0A", 32)
	lines, problems := load(t, "\ufeff# a list\r\n\r\nEvil.EXAMPLE.  # seen today\n192.0.2.7\n192.0.2.0/24\n2001:DB8::1\n"+hash+"\nhttp://evil.example/#frag\n"+
		"what is this?\nco.uk\n"+strings.Repeat("x", 70<<10)+"\n\t\n*.evil.example\nlast.example")
	want := []string{
		"Evil.EXAMPLE. domain-name=evil.example true",
		"192.0.2.7 ipv4-addr=192.0.2.7 false",
		"192.0.2.0/24 ipv4-addr=192.0.2.0/24 false",
		"2001:DB8::1 ipv6-addr=2001:db8::1 false",
		hash + " file:sha-256=" + strings.ToLower(hash) + " false",
		"http://evil.example/#frag url=http://evil.example/ false",
		"co.uk domain-name=co.uk false",
		"last.example domain-name=last.example true",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"9 what is this?", "10 co.uk", "11 " + strings.Repeat("x", 100) + "...", "13 *.evil.example"}, problems); diff != "" {
		t.Error(diff)
	}
}

const bundle = `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[
%s
]}`

func indicator(n int, modified, pattern, more string) string {
	return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-%012d","created":"2017-05-12T00:00:00Z","modified":"%s","valid_from":"2017-05-12T00:00:00Z","pattern_type":"stix","pattern":%q%s}`, n, modified, pattern, more)
}

func TestLoadBundle(t *testing.T) {
	const first, second = "2017-05-12T00:00:00Z", "2017-05-13T00:00:00Z"
	hash := strings.Repeat("0A", 32)
	text := fmt.Sprintf(bundle, strings.Join([]string{
		indicator(1, first, "[domain-name:value = 'Evil.example']", ""),
		indicator(2, first, "[ipv4-addr:value = '192.0.2.1' OR ipv6-addr:value = '2001:DB8::1']", ""),
		indicator(3, first, "[file:hashes.'SHA-256' = '"+hash+"' OR file:hashes.MD5 = '"+hash[:32]+"']", ""),
		indicator(4, first, "[url:value = 'http://evil.example/a']", ""),
		indicator(5, first, "[ipv4-addr:value ISSUBSET '192.0.2.0/24']", ""),
		indicator(6, first, "[ipv4-addr:value = '198.51.100.0/24']", ""),
		indicator(7, first, "[domain-name:value = 'a.example' AND ipv4-addr:value = '192.0.2.9']", ""),
		indicator(8, first, "[domain-name:value = 'b.example' OR domain-name:value LIKE 'c%']", ""),
		indicator(9, first, "[domain-name:value = 'd.example", ""),
		indicator(10, second, "[domain-name:value = 'new.example']", ""),
		indicator(10, first, "[domain-name:value = 'old.example']", ""),
		indicator(11, first, "[domain-name:value = 'was.example']", ""),
		indicator(11, second, "[domain-name:value = 'was.example']", `,"revoked":true`),
		strings.Replace(indicator(12, first, "alert dns any any", ""), `"stix"`, `"suricata"`, 1),
		`{"type":"domain-name","id":"domain-name--00000000-0000-4000-8000-000000000013","value":"observed.example"}`,
		indicator(14, first, "[domain-name:value = 'not a name']", ""),
		indicator(15, first, "[domain-name:value != 'e.example']", ""),
		indicator(16, first, "[file:hashes.'SHA-512' = 'aa']", ""),
		indicator(17, "yesterday", "[domain-name:value = 'f.example']", ""),
		indicator(18, first, "[domain-name:value = 'g.example'] AND [domain-name:value = 'h.example']", ""),
	}, ",\n"))
	lines, problems := load(t, text)
	id := func(n int) string { return fmt.Sprintf("indicator--00000000-0000-4000-8000-%012d", n) }
	want := []string{
		id(1) + " domain-name=evil.example false",
		id(2) + " ipv4-addr=192.0.2.1 false",
		id(2) + " ipv6-addr=2001:db8::1 false",
		id(3) + " file:sha-256=" + strings.ToLower(hash) + " false",
		id(3) + " file:md5=" + strings.ToLower(hash[:32]) + " false",
		id(4) + " url=http://evil.example/a false",
		id(5) + " ipv4-addr=192.0.2.0/24 false",
		id(10) + " domain-name=new.example false",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	// The one whose header is wrong comes first: it is found while reading. The
	// last are patterns, taken whole.
	wantProblems := []string{"20 " + id(17), "7 " + id(6), "8 " + id(7), "10 " + id(9), "15 " + id(12), "17 " + id(14), "19 " + id(16), "0 " + id(8), "0 " + id(15), "0 " + id(18)}
	if diff := cmp.Diff(wantProblems, problems); diff != "" {
		t.Error(diff)
	}
}

// What observable.Pattern writes is loaded as the same value.
func TestLoadWhatPatternWrites(t *testing.T) {
	for _, text := range []string{"evil.example", "192.0.2.1", "192.0.2.0/24", "2001:db8::/32", "http://evil.example/it's", strings.Repeat("0a", 16), strings.Repeat("0a", 20), strings.Repeat("0a", 32)} {
		v := value(t, text)
		indicators, problems, err := loadAll(strings.NewReader(indicator(1, "2017-05-12T00:00:00Z", v.Pattern(), "")), "one.json")
		if err != nil || len(problems) > 0 || len(indicators) != 1 || indicators[0].Value != v {
			t.Errorf("%v: %v, %v, %v", v, indicators, problems, err)
		}
	}
}

func TestLoadFails(t *testing.T) {
	failure := errors.New("disk on fire")
	if _, _, err := loadAll(iotest.ErrReader(failure), "list.txt"); !errors.Is(err, failure) {
		t.Error(err)
	}
	tests := []struct{ name, text, want string }{
		{"broken bundle", `{"type":"bundle","objects":[{"type":`, "list.txt"},
		{"compressed", "\x1f\x8b\x08\x00", "unpack"},
		{"something else", strings.Repeat("some text, and more\n", 20_000), "none of the first 10000 lines is an indicator"},
	}
	for _, test := range tests {
		indicators, _, err := loadAll(strings.NewReader(test.text), "list.txt")
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "list.txt") || indicators != nil {
			t.Errorf("%s: %d indicators, %v", test.name, len(indicators), err)
		}
	}
	for _, text := range []string{"", " \n\n", strings.Repeat("\n", 100<<10), "# nothing\n"} {
		if indicators, problems, err := loadAll(strings.NewReader(text), "list.txt"); len(indicators)+len(problems) > 0 || err != nil {
			t.Errorf("an empty list: %v, %v, %v", indicators, problems, err)
		}
	}
}

// Whatever a list holds, what is loaded is normal and named as it is listed.
func FuzzLoad(f *testing.F) {
	f.Add([]byte("evil.example # x\n192.0.2.0/24\n\xef\xbb\xbfa\n"))
	f.Add([]byte(indicator(1, "2017-05-12T00:00:00Z", "[domain-name:value = 'evil.example']", "")))
	f.Fuzz(func(t *testing.T, text []byte) {
		indicators, _, err := loadAll(strings.NewReader(string(text)), "x")
		if err != nil {
			return
		}
		x := match.New()
		x.Add(indicators...)
		for _, ind := range indicators {
			if again, err := observable.New(ind.Type, ind.Text); err != nil || again != ind.Value {
				t.Fatalf("%v is not normal: %v, %v", ind, again, err)
			}
			if _, ok := x.Match(ind.Value); !ok || !strings.Contains(string(text), ind.ID) && text[0] != '{' {
				t.Fatalf("%+v is not found or not named as listed", ind)
			}
		}
	})
}
