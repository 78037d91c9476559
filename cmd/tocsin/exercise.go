package main

import (
	"errors"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/exercise"
)

type exerciseCommand struct {
	List     bool    `help:"The scenarios' names."`
	Scenario string  `help:"The scenario to play." default:"wannacry-12-may" placeholder:"NAME"`
	Seeds    int     `help:"How many epidemics to play, with seeds from 1." default:"5"`
	Hosts    int     `help:"Another number of hosts."`
	Hours    float64 `help:"Another length, in simulated hours."`
	SVG      string  `name:"svg" help:"Write the curves to a file." placeholder:"FILE"`
	JSON     bool    `name:"json" help:"Print JSON."`
}

func (c *exerciseCommand) Run(env *environment) error {
	if c.List {
		return c.list(env)
	}
	if c.Seeds < 1 {
		return usageError{errors.New("--seeds: at least 1")}
	}
	s, err := exercise.Find(c.Scenario)
	if err != nil {
		return usageError{err}
	}
	if c.Hosts != 0 {
		s.Hosts = c.Hosts
	}
	if c.Hours != 0 {
		s.Hours = c.Hours
	}
	if err := s.Validate(); err != nil {
		return usageError{err}
	}
	seeds := make([]uint64, c.Seeds)
	for i := range seeds {
		seeds[i] = uint64(i) + 1
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
