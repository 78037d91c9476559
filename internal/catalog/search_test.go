package catalog_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/observable"
)

func TestSearch(t *testing.T) {
	indicator := func(id, value string) string {
		v, err := observable.Infer(value)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"indicator--%s","created":%q,"modified":%q,"pattern":%q,"pattern_type":"stix","valid_from":%q}`,
			id, may, may, v.Pattern(), may)
	}
	const hash = "ed01ebfbc9eb5bbea545af4d01bf5f1071661840480439c6e5babe8e080e41aa"
	log := &chain{}
	log.contribute(t, alpha, green,
		malware(one, "Alder", may, `,"description":"spreads by Birch and nothing else, said twice: birch","aliases":["Red Alder"],"external_references":[{"source_name":"x","external_id":"S9999"}]`),
		malware(two, "Birch", may, `,"description":"Émigré (CVE-2017-0144)"`),
		malware(three, "Birch Bark", may, ""),
		indicator(one, hash), indicator(two, "www.example.com"), indicator(three, "192.0.2.7"),
		`{"type":"domain-name","spec_version":"2.1","id":"domain-name--`+one+`","value":"seen.example"}`,
		relationship(one, "uses", "malware--"+one, "malware--"+two),
		strings.Replace(indicator("00000000-0000-4000-8000-000000000004", "named.example"), `"pattern"`, `"name":"named.example","pattern"`, 1),
	)
	c := folded(t, log)
	for q, want := range map[string][]string{
		"Birch":               {"malware--" + two, "malware--" + three, "malware--" + one}, // its name, a word of its name, of its description
		"birch bark":          {"malware--" + three},
		"ald":                 {"malware--" + one},
		"red alder":           {"malware--" + one},
		"S9999":               {"malware--" + one},
		"cve-2017-0144":       {"malware--" + two},
		"CVE-2017":            {"malware--" + two},
		"emigre":              {"malware--" + two},
		hash:                  {"indicator--" + one},
		hash[:12]:             {"indicator--" + one},
		strings.ToUpper(hash): {"indicator--" + one},
		"www.example.com":     {"indicator--" + two},
		"example.com":         {"indicator--" + two},
		"www[.]example[.]c":   {"indicator--" + two},
		"192.0.2.7":           {"indicator--" + three},
		"seen.example":        {"domain-name--" + one},
		"named.example":       {"indicator--00000000-0000-4000-8000-000000000004"}, // its name is its value
		"alder nonesuch":      nil,
		"lder":                nil,
		"":                    nil,
		`"`:                   nil,
		"* - ( ) ^ :":         nil,
		`birch OR alder`:      nil, // no operators
		`name:alder`:          nil,
		`NEAR(alder birch)`:   nil,
		`al" OR "birch`:       nil,
		"alder \x00 birch":    {"malware--" + one},
		"alder\xff":           {"malware--" + one},
	} {
		if got := search(t, c, member(alpha), q); !slices.Equal(got, want) {
			t.Errorf("search %q finds %v, want %v", q, got, want)
		}
	}
	if found, err := c.Search(context.Background(), member(alpha), "birch", 2); err != nil || len(found) != 2 {
		t.Errorf("a limit of two gives %d, %v", len(found), err)
	}
}

// Whatever is typed is a question, and never an error. (A property and not a
// fuzz target: instrumenting SQLite for coverage takes minutes.)
func TestSearchTakesAnything(t *testing.T) {
	log := &chain{}
	log.contribute(t, alpha, green, malware(one, "Alder", may, ""))
	c := folded(t, log)
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{`"`, `'`, "*", " ", "AND", "OR", "NOT", "NEAR(", ")", "(", "^", "{", "}", ":", "+", "-", "/2", "\x00", "\xff", "name", "alder", "日本"}),
		rapid.String(),
	)
	rapid.Check(t, func(r *rapid.T) {
		q := strings.Join(rapid.SliceOfN(piece, 0, 30).Draw(r, "pieces"), "")
		if _, err := c.Search(context.Background(), member(alpha), q, 10); err != nil {
			r.Errorf("search %q: %v", q, err)
		}
	})
	long := strings.Repeat("alder ", 1_000_000)
	if got := search(t, c, member(alpha), long); !slices.Equal(got, []string{"malware--" + one}) {
		t.Errorf("a long question finds %v", got)
	}
}
