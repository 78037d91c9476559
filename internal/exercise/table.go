package exercise

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// labels are the ways of sharing for people, in the order of modes.
var labels = []string{"no sharing", "daily poll", "hourly poll", "five-minute poll", "push"}

// Table writes the comparison for a terminal: medians, with the fifth and the
// ninety-fifth percentile over seeds.
func (c Comparison) Table(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%d hosts at %d partners, %g h, %s: median [5 %%, 95 %%]\n\n",
		c.played.Title, c.Hosts, c.played.Partners, c.played.Hours, count(c.Seeds, "seed"))
	t := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(t, "sharing\tinfected in the end\talarm after the first infection\tinfected at the alarm")
	for i, o := range c.Sharing.outcomes() {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", labels[i],
			spread(o.InfectedFraction, percent), spread(o.AlarmAfter, clock), spread(o.InfectedAtAlarmFraction, percent))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	if _, err := io.WriteString(out, b.String()); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// spread writes quantiles; what did not happen is "never".
func spread(q Quantiles, write func(float64) string) string {
	show := func(v *float64) string {
		if v == nil {
			return "never"
		}
		return write(*v)
	}
	if q.P5 == nil {
		return "never"
	}
	return fmt.Sprintf("%s [%s, %s]", show(q.P50), show(q.P5), show(q.P95))
}

// percent writes a fraction with two significant digits or more.
func percent(f float64) string {
	switch v := 100 * f; {
	case v == 0:
		return "0 %"
	case v < 1:
		return fmt.Sprintf("%.2g %%", v)
	default:
		return fmt.Sprintf("%.1f %%", v)
	}
}

func clock(seconds float64) string {
	return (time.Duration(seconds) * time.Second).String()
}
