package report

import (
	"context"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/chronicle"
	"github.com/tocsin-project/tocsin/internal/exercise"
)

// Model is what the seeded exercise says another way of sharing would have changed.
// It is a model: no more than as good as what it assumes.
type Model struct {
	Scenario string             `json:"scenario"`
	Title    string             `json:"title"`
	Seeds    int                `json:"seeds"`
	Measured []string           `json:"measured"` // what was taken from this incident
	Assumed  []string           `json:"assumed"`  // what was not
	Base     exercise.Variant   `json:"base"`
	Variants []exercise.Variant `json:"variants"`
	Answer   string             `json:"answer"`
}

// modelHosts and modelPartners bound the epidemics that are played: seconds, not minutes.
const (
	modelHosts    = 20_000
	modelPartners = 48
	// MaxSeeds bounds how many there may be.
	MaxSeeds = 16
)

// ask plays the nearest scenario with the delays that this incident had, and then
// with one thing changed at a time.
func ask(ctx context.Context, a *alarm, r *Report, o Options) (*Model, error) {
	s, why, err := nearest(a)
	if err != nil {
		return nil, err
	}
	s = s.Sized(modelHosts, modelPartners, 0)
	m := &Model{Scenario: s.Name, Title: s.Title, Seeds: min(o.Seeds, MaxSeeds), Measured: []string{}, Assumed: []string{why}}
	take := func(name, what string, into *exercise.Delay) {
		for _, one := range r.Latencies {
			if one.Name != name || one.Median == nil {
				continue
			}
			d := exercise.Delay{Median: max(*one.Median, 0), P95: max(*one.P95, 0)}
			if d.P95 <= d.Median || d.Median == 0 {
				d.P95 = 0
			}
			*into = d
			m.Measured = append(m.Measured, fmt.Sprintf("%s: median %s, n = %d", what, span(d.Median), one.N))
			return
		}
		m.Assumed = append(m.Assumed, what+": not measured here, as the scenario has it")
	}
	take(stageDecided, "from the alarm until a protection was decided", &s.Defence.Decision)
	take(stageApplied, "from the decision until it was in force at a partner", &s.Defence.Applied)
	m.Assumed = append(m.Assumed,
		fmt.Sprintf("%s of %s: no real network; how fast the worm is, how many hosts are susceptible and which partners take part are the scenario's", count(s.Hosts, "host"), count(s.Partners, "partner")),
		"the base shares by hourly polls; the variants change one thing each, on the very same epidemics")
	seeds := make([]uint64, m.Seeds)
	for i := range seeds {
		seeds[i] = uint64(i) + 1
	}
	answer, err := exercise.Ask(ctx, s, seeds)
	if err != nil {
		return nil, err
	}
	m.Base, m.Variants, m.Answer = answer.Base, answer.Variants, answer.Answer
	return m, nil
}

// nearest is the scenario whose worm scans the incident's port, and shows its kill
// switch if there is one; otherwise the first, which is said.
func nearest(a *alarm) (exercise.Scenario, string, error) {
	list := exercise.Scenarios()
	if len(list) == 0 {
		return exercise.Scenario{}, "", fmt.Errorf("ask what would have been: there is no scenario")
	}
	port := a.of.Port
	for _, v := range chronicle.Values(a.of.Outbreak) {
		for _, s := range list {
			if s.Worm.KillSwitch != "" && v.Text == s.Worm.KillSwitch {
				return s, "the scenario has the same kill switch as this incident", nil
			}
		}
	}
	for _, s := range list {
		if port != 0 && s.Worm.Port == port {
			return s, fmt.Sprintf("the scenario scans port %d as this incident does; that it spreads alike is assumed", port), nil
		}
	}
	for _, s := range list {
		if s.Worm.Port == 445 {
			return s, "no scenario is like this incident: another worm's stands for it", nil
		}
	}
	return list[0], "no scenario is like this incident: another worm's stands for it", nil
}
