package exercise

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// WhatIf answers the operator's question: what would another defence have saved,
// on the very same epidemics?
type WhatIf struct {
	Scenario string    `json:"scenario"`
	Seeds    int       `json:"seeds"`
	Hosts    int       `json:"hosts"`
	Base     Variant   `json:"base"` // hourly polls, as the scenario has the rest
	Variants []Variant `json:"variants"`
}

// Variant is one change and what it makes of the epidemics. Saved counts hosts,
// seed by seed against the base; below zero it costs some.
type Variant struct {
	Name     string    `json:"name"`
	Infected Quantiles `json:"infected"` // hosts, in the end
	Saved    Quantiles `json:"saved"`
}

// change is one variant: the scenario as it would be, and the way of sharing.
type change struct {
	name string
	way  string
	with func(*Scenario)
}

// changes are the variants of a scenario; what it has already is not asked.
func (s Scenario) changes() []change {
	d := s.Defence
	same := func(*Scenario) {}
	more := func(s *Scenario) { s.Defence.TakingPart = min(1.3*d.TakingPart, 1) }
	list := []change{
		{"no sharing at all", "none", same},
		{"a poll a day instead of an hour", "daily", same},
		{"five minutes instead of an hour", "five_minutes", same},
		{"push instead of an hour", "push", same},
	}
	if d.TakingPart < 1 {
		share := fmt.Sprintf("30 %% more partners (%.0f %% instead of %.0f %%)", 100*min(1.3*d.TakingPart, 1), 100*d.TakingPart)
		list = append(list, change{share, "hourly", more}, change{share + ", and push", "push", more})
	} else {
		list = append(list, change{"30 % fewer partners", "hourly", func(s *Scenario) { s.Defence.TakingPart = 0.7 }})
	}
	if d.Decision.Median > 0 {
		list = append(list, change{"the rule decides at once", "hourly", func(s *Scenario) { s.Defence.Decision = Delay{} }})
	} else {
		list = append(list, change{"people decide, in half an hour", "hourly", func(s *Scenario) { s.Defence.Decision = Delay{Median: 1800} }})
	}
	if d.Applied.Median > 0 {
		list = append(list, change{"applied at once", "hourly", func(s *Scenario) { s.Defence.Applied = Delay{} }})
	} else {
		list = append(list, change{"applied after a median of ten minutes, one in twenty an hour", "hourly", func(s *Scenario) { s.Defence.Applied = Delay{600, 3600} }})
	}
	if d.Covers < 1 {
		list = append(list, change{"a protection covers every host", "hourly", func(s *Scenario) { s.Defence.Covers = 1 }})
	} else {
		list = append(list, change{"a protection covers four hosts in five", "hourly", func(s *Scenario) { s.Defence.Covers = 0.8 }})
	}
	all := func(s *Scenario) {
		more(s)
		s.Defence.Decision, s.Defence.Applied, s.Defence.Covers = Delay{}, Delay{}, 1
	}
	return append(list, change{"all of the best together, and push", "push", all})
}

// Ask plays the scenario with hourly polls and then with one thing changed at a
// time, on the same seeds and with the same random numbers.
func Ask(ctx context.Context, s Scenario, seeds []uint64) (WhatIf, error) {
	if err := s.Validate(); err != nil {
		return WhatIf{}, fmt.Errorf("ask what would have been: %w", err)
	}
	if len(seeds) == 0 {
		return WhatIf{}, fmt.Errorf("ask what would have been in %q: at least one seed is needed", s.Name)
	}
	list := append([]change{{"hourly polls, as it is", "hourly", func(*Scenario) {}}}, s.changes()...)
	ends := make([][]float64, len(list))
	jobs := make([]func(), 0, len(list)*len(seeds))
	for k, c := range list {
		ends[k] = make([]float64, len(seeds))
		changed := s
		c.with(&changed)
		way := modes[slices.IndexFunc(modes, func(m mode) bool { return m.name == c.way })]
		for i, seed := range seeds {
			jobs = append(jobs, func() { ends[k][i] = float64(play(ctx, changed, seed, way, changed.steps()).infected) })
		}
	}
	parallel(jobs)
	if err := ctx.Err(); err != nil {
		return WhatIf{}, fmt.Errorf("ask what would have been in %q: %w", s.Name, err)
	}
	result := WhatIf{Scenario: s.Name, Seeds: len(seeds), Hosts: s.Hosts}
	for k, c := range list {
		saved := make([]float64, len(seeds))
		for i := range saved {
			saved[i] = ends[0][i] - ends[k][i]
		}
		v := Variant{Name: c.name, Infected: quantiles(slices.Clone(ends[k]), len(seeds)), Saved: quantiles(saved, len(seeds))}
		if k == 0 {
			result.Base = v
		} else {
			result.Variants = append(result.Variants, v)
		}
	}
	return result, nil
}

// Table writes the answers for a terminal.
func (w WhatIf) Table(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintf(t, "%s, %d hosts, %s: median [5 %%, 95 %%]\n\nwhat if\tinfected in the end\thosts saved\n", w.Scenario, w.Hosts, count(w.Seeds))
	whole := func(v float64) string {
		if v < 0 {
			return "-" + grouped(int(-v))
		}
		return grouped(int(v))
	}
	fmt.Fprintf(t, "%s\t%s\t\n", w.Base.Name, spread(w.Base.Infected, whole))
	for _, v := range w.Variants {
		fmt.Fprintf(t, "%s\t%s\t%s\n", v.Name, spread(v.Infected, whole), spread(v.Saved, whole))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write answers: %w", err)
	}
	return nil
}
