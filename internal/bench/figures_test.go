package bench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
)

// figure is one measurement beside what it is held against.
type figure struct {
	what   string
	unit   string // of value and against
	metric string // name of the ratio among the benchmark's metrics
	value  float64
	// against is the floor or limit, or what a peer reached in the same run.
	against float64
	peer    string  // what against is, if not a floor or limit
	floor   float64 // of value/against; 0: value is a cost, which against limits
	note    string
}

func (f figure) ratio() float64 { return f.value / f.against }

func (f figure) holds() bool {
	if f.floor == 0 {
		return f.ratio() <= 1
	}
	return f.ratio() >= f.floor
}

// row is the figure in words, in cells that end with tabs.
func (f figure) row() string {
	beside, bound := "floor", fmt.Sprintf("(floor %.4g)", f.floor)
	if f.floor == 0 {
		beside, bound = "limit", "(limit 1)"
	}
	verdict := "ok"
	if !f.holds() {
		verdict = map[bool]string{true: "OVER", false: "BELOW"}[f.floor == 0]
	}
	return fmt.Sprintf("%s\t%s %s\t%s %s\tratio %.2f\t%s\t%s\t%s", f.what, amount(f.value), f.unit, cmp.Or(f.peer, beside), amount(f.against), f.ratio(), bound, verdict, f.note)
}

// amount writes thousands apart, and small numbers with two places.
func amount(x float64) string {
	if x < 100 {
		return fmt.Sprintf("%.2f", x)
	}
	digits := fmt.Sprintf("%.0f", x)
	var parts []string
	for ; len(digits) > 3; digits = digits[:len(digits)-3] {
		parts = append(parts, digits[len(digits)-3:])
	}
	parts = append(parts, digits)
	slices.Reverse(parts)
	return strings.Join(parts, ",")
}

// figures are those of one run, with remarks that explain them.
type figures struct {
	rows    []figure
	remarks []string
}

func (f *figures) add(one figure) { f.rows = append(f.rows, one) }

func (f *figures) remark(format string, args ...any) {
	f.remarks = append(f.remarks, fmt.Sprintf(format, args...))
}

// print writes the table.
func (f *figures) print(to io.Writer) {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table)
	for _, one := range f.rows {
		fmt.Fprintln(table, one.row())
	}
	_ = table.Flush() // to a terminal or a file that somebody reads
	fmt.Fprintln(to)
	for _, remark := range f.remarks {
		fmt.Fprintln(to, " ", remark)
	}
}

// report gives the figures to the benchmark.
func (f *figures) report(b *testing.B) {
	for _, one := range f.rows {
		b.ReportMetric(one.ratio(), one.metric)
	}
	b.ReportMetric(0, "ns/op") // says nothing of a run of many parts
}

func TestFigures(t *testing.T) {
	for _, c := range []struct {
		one  figure
		want string
	}{
		{figure{what: "pages", unit: "MiB/s", value: 710, against: 1000, peer: "static", floor: 0.5}, "pages\t710 MiB/s\tstatic 1,000\tratio 0.71\t(floor 0.5)\tok\t"},
		{figure{what: "accept", unit: "objects/s", value: 25_000, against: 50_000, floor: 1}, "accept\t25,000 objects/s\tfloor 50,000\tratio 0.50\t(floor 1)\tBELOW\t"},
		{figure{what: "rest", unit: "MiB", value: 151.2, against: 150, note: "n"}, "rest\t151 MiB\tlimit 150\tratio 1.01\t(limit 1)\tOVER\tn"},
		{figure{what: "import", unit: "s", value: 5, against: 5}, "import\t5.00 s\tlimit 5.00\tratio 1.00\t(limit 1)\tok\t"},
	} {
		if got := c.one.row(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
