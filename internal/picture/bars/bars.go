// Package bars draws counts by day, and wholes with their shares: counts in, SVG out.
package bars

import (
	"fmt"
	"html"
	"strings"
	"time"
)

// Day is a day and what was counted on it.
type Day struct {
	At    time.Time
	Count int
}

// Measures in the picture's own units; maxBars bounds the bars: of more days several
// share one.
const (
	width   = 560
	height  = 90
	bottom  = 18 // for the dates
	maxBars = 60
)

// SVG is the picture of counts in a time, of all days from the first to the last in
// UTC. caption is for who cannot see it; says names a bar.
func SVG(days []Day, caption string, says func(from, to time.Time, count int) string) string {
	if len(days) == 0 {
		return ""
	}
	day := func(t time.Time) int64 { return t.Unix() / 86400 }
	first, last := day(days[0].At), day(days[0].At)
	for _, d := range days {
		first, last = min(first, day(d.At)), max(last, day(d.At))
	}
	together := (last - first + maxBars) / maxBars
	counts := make([]int, (last-first)/together+1)
	top := 1
	for _, d := range days {
		i := (day(d.At) - first) / together
		counts[i] += d.Count
		top = max(top, counts[i])
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="bars" viewBox="0 0 %d %d" role="img" aria-label="%s">`, width, height, html.EscapeString(caption))
	bars := float64(len(counts))
	step := min(width/bars, max(40, 200/bars)) // two dates need room side by side
	if len(counts) == 1 {
		step = 40
	}
	right := step * bars
	for i, n := range counts {
		if n == 0 {
			continue
		}
		from := time.Unix((first+int64(i)*together)*86400, 0).UTC()
		tall := max(2, float64(height-bottom-14)*float64(n)/float64(top))
		fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s</title></rect>`,
			float64(i)*step+1, height-bottom-tall, max(step-2, 1), tall, html.EscapeString(says(from, from.AddDate(0, 0, int(together)-1), n)))
	}
	fmt.Fprintf(&b, `<path class="rule" d="M0 %.1fH%.1f"/><text x="0" y="%d">%s</text>`, height-bottom+0.5, right, height-4, time.Unix(first*86400, 0).UTC().Format("2 Jan 2006"))
	if last > first {
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="end">%s</text>`, right, height-4, time.Unix(last*86400, 0).UTC().Format("2 Jan 2006"))
	}
	fmt.Fprintf(&b, `<text x="0" y="10">%d</text></svg>`, top)
	return b.String()
}
