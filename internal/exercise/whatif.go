package exercise

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
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
	Answer   string    `json:"answer"` // in one sentence
}

// Variant is one change and what it makes of the epidemics. Saved counts hosts,
// seed by seed against the base; below zero they are lost.
type Variant struct {
	Name        string    `json:"name"`
	Infected    Quantiles `json:"infected"` // hosts, in the end
	Saved       Quantiles `json:"saved"`
	FalseAlarms int       `json:"false_alarms"` // seeds, as Outcome has it
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
	list := append([]change{{"hourly polls, as it is", "hourly", func(*Scenario) {}, "", false}}, s.changes()...)
	ends, falsely := make([][]float64, len(list)), make([][]bool, len(list))
	jobs, goes := make([]func(), 0, len(list)*len(seeds)), Player{}.goes(ctx)
	for k, c := range list {
		ends[k], falsely[k] = make([]float64, len(seeds)), make([]bool, len(seeds))
		changed := s
		c.with(&changed)
		way := modes[slices.IndexFunc(modes, func(m mode) bool { return m.name == c.way })]
		for i, seed := range seeds {
			jobs = append(jobs, func() {
				r := play(goes, changed, seed, way, changed.steps())
				ends[k][i], falsely[k][i] = float64(r.infected), r.falsely
			})
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
		for _, wrong := range falsely[k] {
			if wrong {
				v.FalseAlarms++
			}
		}
		if k == 0 {
			result.Base = v
		} else {
			result.Variants = append(result.Variants, v)
		}
	}
	result.Answer = result.answer(list[1:])
	return result, nil
}

// Table writes the answers for a terminal.
func (w WhatIf) Table(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintf(t, "%s, %s hosts, %s: median [5 %%, 95 %%]\n\nwhat if\tinfected in the end\thosts saved, seed by seed (below zero: lost)\n",
		w.Scenario, grouped(w.Hosts), count(w.Seeds))
	wrong := w.Base.FalseAlarms
	fmt.Fprintf(t, "%s\t%s\t\n", w.Base.Name, spread(w.Base.Infected, hosts))
	for _, v := range w.Variants {
		wrong += v.FalseAlarms
		fmt.Fprintf(t, "%s\t%s\t%s\n", v.Name, spread(v.Infected, hosts), spread(v.Saved, hosts))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write answers: %w", err)
	}
	text := "\n" + w.Answer + "\n"
	if wrong > 0 {
		text += fmt.Sprintf("%d of %d alarms would have rung without the worm, too: what they saved is chance.\n", wrong, (len(w.Variants)+1)*w.Seeds)
	}
	if _, err := io.WriteString(out, text); err != nil {
		return fmt.Errorf("write answers: %w", err)
	}
	return nil
}

// answer says in one sentence what more partners, and what less waiting, would
// have saved.
func (w WhatIf) answer(list []change) string {
	var parts []string
	for i, v := range w.Variants {
		c := list[i]
		if c.asks == "" {
			continue
		}
		saved, verb := v.Saved, "would have saved"
		if c.fewer {
			saved, verb = saved.negated(), "saved"
		}
		parts = append(parts, fmt.Sprintf("%s %s %s hosts", c.asks, verb, spread(saved, hosts)))
	}
	return fmt.Sprintf("With hourly polls %s of %s hosts were infected; %s.",
		hosts(*w.Base.Infected.P50), grouped(w.Hosts), strings.Join(parts, "; "))
}

// negated is of the same values with their signs turned.
func (q Quantiles) negated() Quantiles {
	turned := func(v *float64) *float64 {
		if v == nil {
			return nil
		}
		n := 0 - *v
		return &n
	}
	return Quantiles{P5: turned(q.P95), P50: turned(q.P50), P95: turned(q.P5)}
}

// hosts writes a count that may be below zero.
func hosts(v float64) string {
	if v < 0 {
		return "-" + grouped(int(-v))
	}
	return grouped(int(v))
}
