package published

import (
	"context"
	"fmt"
	"strings"
)

// Row is one published figure, and ours beside it.
type Row struct {
	What      string // is measured
	Published string // figure, or the goal where it is ours
	Source    string // of it
	Ours      string
	How       string // ours comes about
	Why       string // the two differ; empty where they do not
}

// Size is how much is computed. The document's is Full; tests run at Small,
// whose figures are rougher, and where what takes long shrinks further.
type Size struct {
	Runs     int  // of a sequential test
	Mixes    int  // generated mixes of sources, each with a seed of its own
	Seeds    int  // epidemics of each kind
	Hosts    int  // of the large reference table
	Partners int  // of the benign traffic,
	Days     int  // and its days
	Small    bool // the large reference table is left out, and scenarios are played smaller
}

// Full is the document's size. Small takes seconds.
var (
	Full  = Size{Runs: 100_000, Mixes: 10, Seeds: 40, Hosts: 10_000_000, Partners: 1000, Days: 2}
	Small = Size{Runs: 10_000, Mixes: 1, Seeds: 2, Partners: 10, Days: 1, Small: true}
)

// String says how much was computed.
func (s Size) String() string {
	return fmt.Sprintf("%d runs of each sequential test, %d mixes of sources, %d epidemics of each kind, a large table of %d hosts, %d days of everyday traffic at %d partners",
		s.Runs, s.Mixes, s.Seeds, s.Hosts, s.Days, s.Partners)
}

// measured is what a group of figures comes to: rows of the table of all, and
// where there is more to say a table of its own, in Markdown.
type measured struct {
	rows  []Row
	table string
}

// groups are in the document's order; place is where a group's own table goes in
// its frame.
var groups = []struct {
	name, place string
	measure     func(context.Context, Size) (measured, error)
}{
	{"sequential tests", "", rows(walkRows)},
	{"mixes of sources", "", rows(mixRows)},
	{"change points", "", rows(cusumRows)},
	{"containment", "", rows(quarantineRows)},
	{"Code Red", "", rows(codeRedRows)},
	{"doubling times", "", rows(doublingRows)},
	{"models", "Agreement", agreement},
	{"sharing", "Reference", reference},
	{"early warning", "Early", early},
	{"pooling", "", rows(poolingRows)},
	{"benign traffic", "", rows(benignRows)},
	{"ransomware", "Ransom", ransomware},
	{"poisoning", "Poisoning", poisoning},
}

// rows is a group without a table of its own.
func rows(compute func(context.Context, Size) ([]Row, error)) func(context.Context, Size) (measured, error) {
	return func(ctx context.Context, size Size) (measured, error) {
		list, err := compute(ctx, size)
		return measured{rows: list}, err
	}
}

// cells are the row as the document's table has it.
func (r Row) cells() []string {
	theirs := r.Published
	if r.Source != "" {
		theirs += " (" + r.Source + ")"
	}
	ours := r.Ours
	if r.How != "" {
		ours += " (" + r.How + ")"
	}
	return []string{r.What, theirs, ours, r.Why}
}

// table writes rows of cells as Markdown, the first of them the head.
func table(rows ...[]string) string {
	var b strings.Builder
	for i, cells := range rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
		if i == 0 {
			b.WriteString("|" + strings.Repeat("---|", len(cells)) + "\n")
		}
	}
	return b.String()
}
