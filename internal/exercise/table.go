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
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", c.label(i),
			spread(o.InfectedFraction, percent), spread(o.AlarmAfter, clock), spread(o.InfectedAtAlarmFraction, percent))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	if err := c.hours(&b); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	if _, err := io.WriteString(out, b.String()); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// columns is how many times the table of infected hosts over time shows.
const columns = 8

// hours writes the median of infected hosts over time.
func (c Comparison) hours(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\ninfected hosts after\t")
	whole := time.Duration(c.played.Hours * float64(time.Hour))
	for k := 1; k <= columns; k++ {
		fmt.Fprintf(t, "%s\t", short(whole*time.Duration(k)/columns))
	}
	fmt.Fprintln(t)
	for i, o := range c.Sharing.outcomes() {
		fmt.Fprintf(t, "%s\t", c.label(i))
		for k := 1; k <= columns; k++ {
			fmt.Fprintf(t, "%.0f\t", o.at(whole*time.Duration(k)/columns, c.step))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

// short writes a span without the parts that are zero: "1h", "1h30m".
func short(d time.Duration) string {
	text := d.Round(time.Second).String()
	for _, zero := range []string{"0s", "0m"} {
		if rest, ok := strings.CutSuffix(text, zero); ok && rest != "" && !strings.ContainsAny(rest[len(rest)-1:], "0123456789") {
			text = rest
		}
	}
	return text
}

// label names a way of sharing, and says when it was measured.
func (c Comparison) label(i int) string {
	if c.measured && modes[i].name == "push" {
		return "push, measured"
	}
	return labels[i]
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
