package stix_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// conformance reads docs/conformance.md: for each file of vectors how many rows
// agree and how many there are, and how often each row that differs is listed.
func conformance(t *testing.T) (agree map[string]string, differ map[string]map[string]int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "conformance.md"))
	if err != nil {
		t.Fatal(err)
	}
	agree, differ = map[string]string{}, map[string]map[string]int{}
	heading := regexp.MustCompile("^### `([a-z-]+\\.json)`: ([0-9]+ of [0-9]+) rows agree")
	row := regexp.MustCompile("^- `(.+)`(?: \\(([0-9]+) rows\\))?$")
	file := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if m := heading.FindStringSubmatch(line); m != nil {
			file = m[1]
			agree[file], differ[file] = m[2], map[string]int{}
		} else if m := row.FindStringSubmatch(line); m != nil {
			n := 1
			if m[2] != "" {
				n, _ = strconv.Atoi(m[2])
			}
			differ[file][m[1]] += n
		}
	}
	return agree, differ
}

// named is a row's source without the suite, and without what pytest adds in
// brackets where that is the row's own text.
func named(source string) string {
	source = source[strings.LastIndex(source[:max(strings.Index(source, "::"), 0)], "/")+1:]
	if name, parameter, ok := strings.Cut(source, "["); ok && len(parameter) > len("data0]") {
		return name + "[...]"
	}
	return source
}

// documented holds a file's rows that differ against those that the document
// lists, with the reason.
func documented(t *testing.T, file string, rows int, differ []string) {
	t.Helper()
	agree, listed := conformance(t)
	got := map[string]int{}
	for _, source := range differ {
		got[named(source)]++
	}
	if diff := cmp.Diff(listed[file], got); diff != "" {
		t.Errorf("docs/conformance.md does not list the rows of %s that differ (-listed +differ)\n%s", file, diff)
	}
	if want := fmt.Sprintf("%d of %d", rows-len(differ), rows); agree[file] != want {
		t.Errorf("docs/conformance.md says that %s rows of %s agree, %s do", agree[file], file, want)
	}
	if os.Getenv("TOCSIN_DISAGREE") != "" {
		for _, name := range slices.Sorted(maps.Keys(got)) {
			t.Logf("%d %s", got[name], name)
		}
	}
}
