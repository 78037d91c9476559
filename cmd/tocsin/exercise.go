package main

import (
	"errors"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/exercise"
)

type exerciseCommand struct {
	List       bool    `help:"The scenarios' names."`
	Scenario   string  `help:"The scenario to play: a name, or a file that ends in .toml." default:"wannacry-12-may" placeholder:"NAME"`
	Seeds      int     `help:"How many epidemics to play, with seeds from 1." default:"5"`
	Hosts      int     `help:"Another number of hosts."`
	Hours      float64 `help:"Another length, in simulated hours."`
	Partners   int     `help:"Another number of partners."`
	TakingPart float64 `help:"Another share of partners that take part, from 0 to 1." default:"-1" placeholder:"SHARE"`
	WhatIf     bool    `help:"What more partners, faster sharing or other delays would have saved."`
	SVG        string  `name:"svg" help:"Write the curves to a file." placeholder:"FILE"`
	JSON       bool    `name:"json" help:"Print JSON."`
}

func (c *exerciseCommand) Run(env *environment) error {
	if c.List {
		return c.list(env)
	}
	s, seeds, err := c.scenario()
	if err != nil {
		return usageError{err}
	}
	if c.WhatIf {
		return c.whatIf(env, s, seeds)
	}
	result, err := exercise.Compare(env.Context, s, seeds)
	if err != nil {
		return err
	}
	if c.SVG != "" {
		if err := writeFile(c.SVG, result.SVG); err != nil {
			return err
		}
	}
	if c.JSON {
		return env.printJSON(result)
	}
	return result.Table(env.Stdout)
}

// scenario is what is to be played, with which seeds.
func (c *exerciseCommand) scenario() (exercise.Scenario, []uint64, error) {
	s, err := exercise.Open(c.Scenario)
	if err != nil {
		return s, nil, err
	}
	s = s.Sized(c.Hosts, c.Partners, c.Hours)
	if c.TakingPart >= 0 {
		s.Defence.TakingPart = c.TakingPart
	}
	if c.Seeds < 1 || c.Seeds > 10_000 {
		return s, nil, fmt.Errorf("--seeds is %d, it must be from 1 to 10000", c.Seeds)
	}
	seeds := make([]uint64, c.Seeds)
	for i := range seeds {
		seeds[i] = uint64(i) + 1
	}
	return s, seeds, s.Validate()
}

func (c *exerciseCommand) whatIf(env *environment, s exercise.Scenario, seeds []uint64) error {
	if c.SVG != "" {
		return usageError{errors.New("--svg draws ways of sharing: give it without --what-if")}
	}
	answers, err := exercise.Ask(env.Context, s, seeds)
	if err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(answers)
	}
	return answers.Table(env.Stdout)
}

func (c *exerciseCommand) list(env *environment) error {
	if !c.JSON {
		t := env.table()
		for _, s := range exercise.Scenarios() {
			fmt.Fprintf(t, "%s\t%s\n", s.Name, s.Title)
		}
		return t.Flush()
	}
	names := []string{}
	for _, s := range exercise.Scenarios() {
		names = append(names, s.Name)
	}
	return env.printJSON(names)
}
