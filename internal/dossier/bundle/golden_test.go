package bundle_test

import (
	"bufio"
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/dossier/bundle"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

const origin = "log.hub.example/tocsin"

// tale are the records that the page's tests make: a case with everything in it.
func tale(t testing.TB) []attribution.Opened {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "page", "testdata", "records.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var records []attribution.Opened
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var r attribution.Opened
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	return records
}

// input is what a bundle of the first n records is made from, of all for 0.
func input(t testing.TB, records []attribution.Opened, n int) bundle.Input {
	t.Helper()
	if n == 0 {
		n = len(records)
	}
	c, err := attribution.Replay(records[:n])
	if err != nil {
		t.Fatal(err)
	}
	in := bundle.Input{Case: c, Scores: c.Scores(), Origin: origin}
	for i := range c.History {
		in.Indexes = append(in.Indexes, int64(100+3*i))
	}
	return in
}

func render(t testing.TB, in bundle.Input) []byte {
	t.Helper()
	text, err := bundle.Render(in)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// published is how many records there are when the k-th statement is out.
func published(records []attribution.Opened, k int) int {
	for i, r := range records {
		if r.Record.Kind == attribution.KindPublished {
			if k--; k == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// The files are the bundles with line ends put in, to be read.
func TestBundlesOfTheTaleAreThese(t *testing.T) {
	records := tale(t)
	for name, n := range map[string]int{"open.json": 2, "first.json": published(records, 1), "last.json": 0} {
		readable := jsontext.Value(render(t, input(t, records, n)))
		if err := readable.Indent(jsontext.WithIndent(" ")); err != nil {
			t.Fatal(err)
		}
		got, path := append([]byte(readable), '\n'), filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is another (-want +got; go test -update writes it anew):\n%s", path, cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")))
		}
	}
}

func TestRenderingTwiceGivesTheSameCanonicalBytes(t *testing.T) {
	records := tale(t)
	for n := 1; n <= len(records); n++ {
		first, second := render(t, input(t, records, n)), render(t, input(t, records, n))
		if !bytes.Equal(first, second) {
			t.Fatalf("the bundle of %d records differs when made anew", n)
		}
		again := jsontext.Value(bytes.Clone(first))
		if err := again.Canonicalize(); err != nil || !bytes.Equal(again, first) {
			t.Fatalf("the bundle of %d records is not canonical JSON: %v", n, err)
		}
	}
}

func TestWhatCannotBePlacedOnTheLogIsNotRendered(t *testing.T) {
	in := input(t, tale(t), 0)
	in.Indexes = in.Indexes[1:]
	if _, err := bundle.Render(in); err == nil {
		t.Error("rendered with an index too few")
	}
	in = input(t, tale(t), 0)
	in.Scores.Rows = in.Scores.Rows[1:]
	if _, err := bundle.Render(in); err == nil {
		t.Error("rendered with scores of another case")
	}
}
