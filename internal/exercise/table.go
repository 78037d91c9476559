package exercise

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
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
	c.heading(&b)
	t := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(t, "\nsharing\tinfected in the end, of all hosts\tof the susceptible\talarm after the first infection\tinfected then, of the susceptible")
	for i, o := range c.Sharing.outcomes() {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", c.label(i), spread(o.InfectedFraction, percent), spread(o.OfSusceptible, percent),
			spread(o.AlarmAfter, clock), spread(o.AtAlarmOfSusceptible, percent))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	if err := errors.Join(c.delays(&b), c.hours(&b)); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	c.remarks(&b)
	if c.Poisoning != nil {
		fmt.Fprintln(&b)
		if err := c.Poisoning.Table(&b); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(out, b.String()); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// delays writes where the time goes, each delay apart.
func (c Comparison) delays(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	if !slices.ContainsFunc(c.Sharing.outcomes(), func(o *Outcome) bool { return o.alarms() > 0 }) {
		return nil
	}
	fmt.Fprintln(t, "\nwhere the time goes (median seed)\tdetection\tupload\tdecision\tdelivery\tapplied\trung by")
	for i, o := range c.Sharing.outcomes() {
		if o.AlarmAfter.P5 == nil || o.RungBy == nil { // no alarm, or measured as a whole
			continue
		}
		d := o.Delays
		fmt.Fprintf(t, "%s", c.label(i))
		for _, q := range []Quantiles{d.Detection, d.Upload, d.Decision, d.Delivery, d.Applied} {
			if q.P50 == nil {
				fmt.Fprint(t, "\tnever")
				continue
			}
			fmt.Fprintf(t, "\t%s", clock(*q.P50))
		}
		var by []string
		for _, kind := range slices.Sorted(maps.Keys(o.RungBy)) {
			text := fmt.Sprintf("%s %d", kind, o.RungBy[kind])
			if wrong := o.FalseBy[kind]; wrong > 0 {
				text += fmt.Sprintf(" (%d false)", wrong)
			}
			by = append(by, text)
		}
		fmt.Fprintf(t, "\t%s\n", strings.Join(by, ", "))
	}
	return t.Flush()
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
			fmt.Fprintf(t, "%s\t", hosts(math.Round(o.at(whole*time.Duration(k)/columns, c.step))))
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

func count(seeds int) string { return plural(seeds, "seed") }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return grouped(n) + " " + what + "s"
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

// clock writes a length of time; parts of a second only where it is short.
func clock(seconds float64) string {
	if seconds > 0 && seconds < 10 && seconds != math.Trunc(seconds) {
		return fmt.Sprintf("%.2gs", seconds)
	}
	return short((time.Duration(math.Round(seconds)) * time.Second))
}

// grouped writes a count with its thousands apart.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
