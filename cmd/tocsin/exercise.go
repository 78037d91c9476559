package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/tocsin-project/tocsin/internal/exercise"
)

type exerciseCommand struct {
	List       bool     `help:"The scenarios' names."`
	Show       string   `help:"Print a scenario's file, comments and all: where one of your own begins." placeholder:"NAME"`
	Scenario   string   `help:"The scenario to play: a name, or a file that ends in .toml." default:"wannacry-12-may" placeholder:"NAME"`
	Seeds      int      `help:"How many epidemics to play, with seeds from 1." default:"5"`
	Hosts      *int     `help:"Another number of hosts; fewer mean fewer partners and first infections, too."`
	Hours      *float64 `help:"Another length, in simulated hours."`
	Partners   *int     `help:"Another number of partners."`
	TakingPart *float64 `help:"Another share of partners that take part, from 0 to 1." placeholder:"SHARE"`
	WhatIf     bool     `help:"What more partners, faster sharing or other delays would have saved."`
	SVG        string   `name:"svg" help:"Write the curves to a file." placeholder:"FILE"`
	JSON       bool     `name:"json" help:"Print JSON."`
}

// Help is printed under the command's line by --help.
func (*exerciseCommand) Help() string {
	return `It counts hosts and infects nothing. Each epidemic is played without sharing, with daily, hourly and five-minute polls, and with a push; figures are the median [5 %, 95 %] over the seeds.

Two denominators: in JSON, infected_fraction and infected_at_alarm_fraction are of all hosts; those that end in _of_susceptible are of the hosts that the worm can infect at all. The table says which in its heads; the picture counts hosts.

An alarm that would have rung without the worm as well is a false one and is counted as such.`
}

func (c *exerciseCommand) Run(env *environment) error {
	if c.List {
		return c.list(env)
	}
	if c.Show != "" {
		return c.show(env)
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
	if err := c.sensible(); err != nil {
		return s, nil, err
	}
	s = s.Sized(given(c.Hosts), given(c.Partners), given(c.Hours))
	if c.TakingPart != nil {
		s.Defence.TakingPart = *c.TakingPart
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

// sensible refuses a flag's value by the flag's name.
func (c *exerciseCommand) sensible() error {
	switch {
	case c.Hosts != nil && *c.Hosts < 1:
		return fmt.Errorf("--hosts is %d, it must be at least 1", *c.Hosts)
	case c.Partners != nil && *c.Partners < 1:
		return fmt.Errorf("--partners is %d, it must be at least 1", *c.Partners)
	case c.Hours != nil && !(*c.Hours > 0):
		return fmt.Errorf("--hours is %g, it must be more than 0", *c.Hours)
	case c.TakingPart != nil && !(*c.TakingPart >= 0 && *c.TakingPart <= 1):
		return fmt.Errorf("--taking-part is %g, it must be from 0 to 1", *c.TakingPart)
	}
	return nil
}

// given is a flag's value, or zero if it was not given.
func given[T any](flag *T) (value T) {
	if flag != nil {
		value = *flag
	}
	return value
}

func (c *exerciseCommand) show(env *environment) error {
	text, err := exercise.Text(c.Show)
	if err != nil {
		return usageError{err}
	}
	_, err = io.WriteString(env.Stdout, text)
	return err
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
