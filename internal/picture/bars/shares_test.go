package bars_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/picture/bars"
)

var signs = []string{"+", "!", "x", "?"}

// The parts of a bar fill it without gap, each that is not empty can be seen, and more
// is never narrower than less.
func TestShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := bars.Row{Name: `"<script>`, Parts: rapid.SliceOfN(rapid.Int64Range(0, 1_000_000_000), 4, 4).Draw(t, "parts")}
		said := map[int]bool{}
		svg := bars.Shares([]bars.Row{row}, signs, `"<x>`, func(_ bars.Row, part int) string {
			said[part] = true
			return "<script>"
		}, func(sum int64) string { return fmt.Sprint(sum) })
		if strings.Contains(svg, "<script") || strings.Contains(svg, `"<x>`) {
			t.Fatalf("not escaped: %s", svg)
		}
		var sum int64
		end, widths := 0.0, map[int]float64{}
		for part := range strings.SplitSeq(svg, `<g class="p`) {
			var i, y int
			var x, width float64
			part = strings.Replace(part, "<title>&lt;script&gt;</title>", "", 1)
			if _, err := fmt.Sscanf(part, `%d"><rect x="%g" y="%d" width="%g"`, &i, &x, &y, &width); err != nil {
				continue
			}
			if math.Abs(x-end) > 0.11 || width < 2.9 {
				t.Fatalf("part %d at %g of %g, the one before ends at %g", i, x, width, end)
			}
			end, widths[i] = x+width, width
		}
		for i, n := range row.Parts {
			sum += n
			if (n > 0) != said[i] || (n > 0) != (widths[i] > 0) {
				t.Fatalf("part %d of %d: said %v, drawn %g", i, n, said[i], widths[i])
			}
			for j, m := range row.Parts {
				if n > m && widths[i] < widths[j]-0.01 {
					t.Fatalf("%d is narrower than %d", n, m)
				}
			}
		}
		if sum == 0 != (svg == "") || sum > 0 && math.Abs(end-300) > 0.2 {
			t.Fatalf("the bar of %d ends at %g", sum, end)
		}
	})
}

// A picture has no more rows than can be read, and names that fit.
func TestSharesAreBounded(t *testing.T) {
	rows := make([]bars.Row, 1000)
	for i := range rows {
		rows[i] = bars.Row{Name: strings.Repeat("é", 500), Parts: []int64{1, 1, 1, 1}}
	}
	svg := bars.Shares(rows, signs, "", func(bars.Row, int) string { return "" }, func(int64) string { return "4" })
	if n := strings.Count(svg, "<rect"); n != 160 || len(svg) > 40_000 {
		t.Errorf("%d parts in %d bytes", n, len(svg))
	}
}
