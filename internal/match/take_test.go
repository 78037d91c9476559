package match_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

type taker struct{ lines, patterns []string }

func (t *taker) Indicator(ind match.Indicator) {
	t.lines = append(t.lines, fmt.Sprintf("%s %v %v", ind.ID, ind.Value, ind.Subdomains))
}

func (t *taker) Pattern(id string, p pattern.Pattern) {
	t.patterns = append(t.patterns, id+" "+p.String())
}

// A pattern whose values a table can look up, all of them, goes there. Every
// other is handed on whole, and nothing of it goes to the table.
func TestLoadHandsPatternsOn(t *testing.T) {
	const at = "2017-05-12T00:00:00Z"
	sha512 := strings.Repeat("0A", 64)
	whole := []string{
		"[domain-name:value = 'a.example' AND domain-name:resolves_to_refs[*].value = '192.0.2.9']",
		"[domain-name:value = 'b.example' OR domain-name:value LIKE 'c%']",
		"[domain-name:value = 'g.example'] AND [domain-name:value = 'h.example']",
		"[domain-name:value = 'g.example'] OR [file:size > 5]",
		"[domain-name:value = 'i.example'] REPEATS 5 TIMES",
		"[file:name = 'Evil.exe']", // case counts in patterns
		"[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\\\Evil']",
		"[network-traffic:src_ref.value = '192.0.2.1']",
		"[domain-name:value NOT = 'j.example']",
		"[domain-name:value != 'k.example']",
		"[file:hashes.'SHA3-256' = 'aa']",
		"[domain-name:value = 5]",
		"[domain-name:value ISSUBSET '192.0.2.0/24']",
	}
	table := []string{
		"[mutex:name = 'Global\\\\Evil']", "mutex=Global\\Evil",
		"[email-addr:value = 'evil@evil.example']", "email-addr=evil@evil.example",
		"[file:hashes.'SHA-512' = '" + sha512 + "']", "file:sha-512=" + strings.ToLower(sha512),
		"[ipv4-addr:value ISSUBSET '192.0.2.0/24']", "ipv4-addr=192.0.2.0/24",
		"[ipv4-addr:value ISSUBSET '192.0.2.1/32'] OR [domain-name:value IN ('a.example', 'B.example')]", "ipv4-addr=192.0.2.1,domain-name=a.example,domain-name=b.example",
	}
	var objects, wantLines, wantPatterns []string
	n := 0
	add := func(text string) string {
		n++
		objects = append(objects, indicator(n, at, text, ""))
		return fmt.Sprintf("indicator--00000000-0000-4000-8000-%012d", n)
	}
	for _, text := range whole {
		p, err := pattern.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		wantPatterns = append(wantPatterns, add(text)+" "+p.String())
	}
	for i := 0; i < len(table); i += 2 {
		id := add(table[i])
		for v := range strings.SplitSeq(table[i+1], ",") {
			wantLines = append(wantLines, id+" "+v+" false")
		}
	}
	var got taker
	problems, err := match.Load(strings.NewReader(fmt.Sprintf(bundle, strings.Join(objects, ",\n"))), "b.json", &got)
	if err != nil || problems.Count > 0 {
		t.Error(problems, err)
	}
	if diff := cmp.Diff(wantLines, got.lines); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(wantPatterns, got.patterns); diff != "" {
		t.Error(diff)
	}
}

// endless is a list of n lines, of which every second is wrong.
type endless struct{ n int }

func (e *endless) Read(b []byte) (int, error) {
	if e.n == 0 {
		return 0, io.EOF
	}
	e.n--
	if e.n%2 == 0 {
		return copy(b, "this is wrong\n"), nil
	}
	return copy(b, fmt.Sprintf("evil%d.example\n", e.n)), nil
}

// A list is not held in memory, nor are all of its problems; they are counted.
func TestLoadStreams(t *testing.T) {
	count := counter{}
	problems, err := match.Load(&endless{60_000}, "list.txt", &count)
	if err != nil || count.n != 30_000 || problems.Count != 30_000 || len(problems.First) != match.MostProblems || problems.First[1].Line != 4 {
		t.Errorf("%d taken, %d problems, %d of them kept, %v", count.n, problems.Count, len(problems.First), err)
	}
}

type counter struct{ n int }

func (c *counter) Indicator(match.Indicator)       { c.n++ }
func (c *counter) Pattern(string, pattern.Pattern) {}

// Load gives Build what it reads: a list of any size becomes a snapshot.
func TestLoadIntoBuild(t *testing.T) {
	path := t.TempDir() + "/snapshot"
	var loadErr error
	built, err := match.Build(path, func(yield func(match.Indicator) bool) {
		_, loadErr = match.Load(&endless{1000}, "list.txt", takes(func(ind match.Indicator) { yield(ind) }))
	})
	if err != nil || loadErr != nil || built.Indicators != 500 {
		t.Errorf("%+v, %v, %v", built, err, loadErr)
	}
	x := open(t, path)
	if _, ok := x.Match(value(t, "www.evil7.example")); !ok {
		t.Error("an indicator of the list is not found")
	}
}

type takes func(match.Indicator)

func (t takes) Indicator(ind match.Indicator) { t(ind) }
func (takes) Pattern(string, pattern.Pattern) {}
