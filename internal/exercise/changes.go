package exercise

import "fmt"

// change is one variant: the scenario as it would be, and the way of sharing.
type change struct {
	name string
	way  string
	with func(*Scenario)
	asks string // how the answer names it; empty: it is in the table alone
	// fewer says that the variant is without what asks names.
	fewer bool
}

// more is what "30 % more partners" multiplies with.
const more = 1.3

// changes are the variants of a scenario; what it has already is not asked.
func (s Scenario) changes() []change {
	d := s.Defence
	same := func(*Scenario) {}
	list := append(s.joining(), []change{
		{"no sharing at all", "none", same, "", false},
		{"a poll a day instead of an hour", "daily", same, "", false},
		{"five minutes instead of an hour", "five_minutes", same, "minutes instead of an hour", false},
		{"push instead of an hour", "push", same, "a push", false},
	}...)
	if d.Decision.Median > 0 {
		list = append(list, change{"the rule decides at once", "hourly", func(s *Scenario) { s.Defence.Decision = Delay{} }, "", false})
	} else {
		list = append(list, change{"people decide, in half an hour", "hourly", func(s *Scenario) { s.Defence.Decision = Delay{Median: 1800} }, "", false})
	}
	if d.Applied.Median > 0 {
		list = append(list, change{"applied at once", "hourly", func(s *Scenario) { s.Defence.Applied = Delay{} }, "", false})
	} else {
		list = append(list, change{"applied after a median of ten minutes, one in twenty an hour", "hourly", func(s *Scenario) { s.Defence.Applied = Delay{600, 3600} }, "", false})
	}
	if d.Covers < 1 {
		list = append(list, change{"a protection covers every host", "hourly", func(s *Scenario) { s.Defence.Covers = 1 }, "", false})
	} else {
		list = append(list, change{"a protection covers four hosts in five", "hourly", func(s *Scenario) { s.Defence.Covers = 0.8 }, "", false})
	}
	return append(list, change{"all of the best together, and push", "push", func(s *Scenario) {
		s.Defence.TakingPart = min(more*d.TakingPart, 1)
		s.Defence.Decision, s.Defence.Applied, s.Defence.Covers = Delay{}, Delay{}, 1
	}, "", false})
}

// joining asks about more partners. Where there are not 30 % more to be had, it
// asks the other way about: what if those who take part were 30 % more than had
// been there without the last of them.
func (s Scenario) joining() []change {
	part := s.Defence.TakingPart
	with := func(share float64) func(*Scenario) { return func(s *Scenario) { s.Defence.TakingPart = share } }
	list := make([]change, 0, 3)
	switch {
	case part == 0:
		return nil
	case more*part <= 1:
		name := fmt.Sprintf("30 %% more partners (%.0f %% instead of %.0f %%)", 100*more*part, 100*part)
		return []change{{name, "hourly", with(more * part), name, false}, {name + ", and push", "push", with(more * part), "", false}}
	case part < 1:
		name := fmt.Sprintf("every partner takes part (%.0f %% more than %.0f %%)", 100*(1/part-1), 100*part)
		list = []change{{name, "hourly", with(1), "", false}, {name + ", and push", "push", with(1), "", false}}
	}
	fewer := fmt.Sprintf("if 30 %% more had never joined (%.0f %% instead of %.0f %%)", 100*part/more, 100*part)
	asks := fmt.Sprintf("that 30 %% more partners take part (%.0f %% instead of %.0f %%)", 100*part, 100*part/more)
	return append(list, change{fewer, "hourly", with(part / more), asks, true})
}
