package exercise

import (
	"fmt"
	"io"
	"strings"
)

// heading writes what is played, and what is assumed.
func (c Comparison) heading(out io.Writer) {
	s := c.played
	fmt.Fprintln(out, s.Title)
	if s.About != "" {
		fmt.Fprintln(out, s.About)
	}
	fmt.Fprintf(out, "\n%s hosts at %s partners, %s susceptible, %s, %g h, %s: median [5 %%, 95 %%]\n",
		grouped(c.Hosts), grouped(c.Partners), grouped(c.Susceptible), c.beginning(), s.Hours, count(c.Seeds))
	fmt.Fprintf(out, "assumed: %s\n", s.Defence)
	if s.Worm.Seeds == 0 {
		fmt.Fprintf(out, "There is no worm: only scans from outside are played here, and nothing may ring.\nIts records are played through real edges and a real hub by: tocsin demo --scenario %s\n", s.Name)
	}
}

// beginning says how many were infected from outside, and when that is not as
// the scenario has it.
func (c Comparison) beginning() string {
	switch planned := c.played.Worm.Seeds; {
	case planned == 0:
		return "no worm"
	case c.begins < planned:
		return fmt.Sprintf("it enters at %s of the %s that worm.seeds asks for: there are no more to enter", grouped(c.begins), grouped(planned))
	case c.begins == 1:
		return "it begins with 1 infected host"
	}
	return fmt.Sprintf("it begins with %s infected hosts", grouped(c.begins))
}

// String says in one line what a defence takes for granted.
func (d Defence) String() string {
	after := "at once"
	if d.Applied.Median > 0 {
		after = "after " + d.Applied.String()
	}
	decided := "the rule decides"
	if d.Decision.Median > 0 {
		decided = "decided after " + d.Decision.String()
	}
	alone := "nobody finds out alone"
	if d.Alone.Median > 0 {
		alone = "alone after " + d.Alone.String()
	}
	covered := fmt.Sprintf("%.3g %% of their hosts covered", 100*d.Covers)
	if d.Quarantine {
		covered += " and quarantined if infected"
	}
	return fmt.Sprintf("%.3g %% of partners take part, %s, a push takes %s, %s, applied %s, %s", 100*d.TakingPart, covered, d.Push, decided, after, alone)
}

// String writes a delay's median, and what one in twenty exceeds.
func (d Delay) String() string {
	if d.P95 <= d.Median {
		return clock(d.Median)
	}
	return fmt.Sprintf("%s [one in twenty %s]", clock(d.Median), clock(d.P95))
}

// remarks writes what the figures mean: what remains in spite of the fastest way,
// and which alarms were no success.
func (c Comparison) remarks(out io.Writer) {
	var lines []string
	if left := c.Sharing.Push.Remaining; left != nil && c.Sharing.Push.AlarmAfter.P5 != nil {
		lines = append(lines, "What remains with push is "+left.String()+".")
	}
	for i, o := range c.Sharing.outcomes() {
		if o.FalseAlarms == 0 {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s: %d of %s would have rung without the worm, too: false alarms. What they protected is chance, not a success.",
			c.label(i), o.FalseAlarms, plural(o.alarms(), "alarm")))
	}
	if len(lines) > 0 {
		fmt.Fprintln(out, "\n"+strings.Join(lines, "\n"))
	}
}

// alarms are the seeds that rang.
func (o *Outcome) alarms() (n int) {
	for _, k := range o.RungBy {
		n += k
	}
	return n
}
