package page_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/dossier/page"
	"github.com/tocsin-project/tocsin/stix"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

const origin = "log.hub.example/tocsin"

func input(c *attribution.Case) page.Input {
	in := page.Input{Case: c, Scores: c.Scores(), Origin: origin}
	for n := range c.History {
		in.Indexes = append(in.Indexes, int64(100+3*n))
	}
	return in
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
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

// The records are a vector for others, too: whoever makes these pages of them
// has read docs/dossier-made.md right.
func TestPagesOfTheTaleAreThese(t *testing.T) {
	records := tale(t)
	var lines bytes.Buffer
	for _, r := range records {
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if text, err = stix.Canonical(text); err != nil {
			t.Fatal(err)
		}
		lines.Write(append(text, '\n'))
	}
	golden(t, "records.jsonl", lines.Bytes())
	golden(t, "first.html", page.Render(input(replay(t, records, published(records)))))
	golden(t, "last.html", page.Render(input(replay(t, records, 0))))
}

func TestRenderingTwiceGivesTheSame(t *testing.T) {
	records := tale(t)
	for n := 1; n <= len(records); n++ {
		first, second := page.Render(input(replay(t, records, n))), page.Render(input(replay(t, records, n)))
		if !bytes.Equal(first, second) {
			t.Fatalf("the page of %d records differs when made anew:\n%s", n, cmp.Diff(string(first), string(second)))
		}
	}
}

func TestAWithdrawalSaysWhatItTakesBack(t *testing.T) {
	c := replay(t, tale(t), 0)
	for i := range c.Statements {
		if s := &c.Statements[i]; s.Document.Act == attribution.Withdrawal {
			c = replay(t, tale(t), s.Published)
			break
		}
	}
	text := string(page.Render(input(c)))
	for _, want := range []string{
		`<p class="state">Withdrawn: version 3, `,
		`<p class="label">Withdrawn by those who made it.</p>`,
		"<p class=\"meta\">This finding is withdrawn:</p>\n<p class=\"finding\"><bdi>Somebody at the maker</bdi></p>",
		`<th scope="row"><bdi>Somebody at the maker</bdi></th><td>-5.000000</td><td>withdrawn</td>`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page of a withdrawal does not have %s", want)
		}
	}
}
