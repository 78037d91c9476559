package bars_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/picture/bars"
)

// Every count is in a bar, there are few bars, and each is within the picture.
func TestBars(t *testing.T) {
	first := time.Date(2017, 5, 12, 7, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		var days []bars.Day
		sum := 0
		for range rapid.IntRange(1, 200).Draw(t, "days") {
			d := bars.Day{At: first.Add(time.Duration(rapid.IntRange(0, 90_000).Draw(t, "hours")) * time.Hour), Count: rapid.IntRange(0, 1_000).Draw(t, "count")}
			days = append(days, d)
			sum += d.Count
		}
		got := 0
		svg := bars.SVG(days, `"<x>`, func(from, to time.Time, n int) string {
			if to.Before(from) {
				t.Fatalf("a bar from %v to %v", from, to)
			}
			got += n
			return "<script>"
		})
		if got != sum {
			t.Fatalf("the bars have %d of %d", got, sum)
		}
		if n := strings.Count(svg, "<rect"); n > 61 || strings.Contains(svg, "<script") || strings.Contains(svg, `"<x>`) {
			t.Fatalf("%d bars: %s", n, svg)
		}
		for part := range strings.SplitSeq(svg, "<rect ") {
			var x, y, width, height float64
			if _, err := fmt.Sscanf(part, `x="%g" y="%g" width="%g" height="%g"`, &x, &y, &width, &height); err == nil && (x < 0 || x+width > 561 || y < 0 || y+height > 73) {
				t.Fatalf("a bar at %g, %g of %g, %g", x, y, width, height)
			}
		}
	})
	if bars.SVG(nil, "", nil) != "" {
		t.Error("nothing is drawn as something")
	}
}
