package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

type partnerAssetsCommand struct {
	List partnerAssetsListCommand `cmd:"" default:"1" help:"What your partner has declared."`
	Set  partnerAssetsSetCommand  `cmd:"" help:"Declare it anew: names with what is below them, addresses, prefixes (contributor)."`
}

type partnerAssetsListCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *partnerAssetsListCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var now declaredAssets
	if err := hub.Get(env.Context, "/assets", &now); err != nil {
		return err
	}
	return now.print(env, c.JSON)
}

type partnerAssetsSetCommand struct {
	hubFlags
	Values []string `arg:"" optional:"" help:"Domains, addresses, prefixes: all of them, what is not named is no longer declared."`
	File   string   `help:"Those of a file as well, one a line, '#' comments; '-' is standard input." placeholder:"FILE"`
	None   bool     `help:"Declare nothing."`
	JSON   bool     `name:"json" help:"Print JSON."`
}

func (c *partnerAssetsSetCommand) Run(env *environment) error {
	values := append([]string{}, c.Values...)
	if c.File != "" {
		in := env.Stdin
		if c.File != "-" {
			file, err := os.Open(c.File)
			if err != nil {
				return err
			}
			defer file.Close() //nolint:errcheck // it was only read
			in = file
		}
		more, err := readValues(in)
		if err != nil {
			return fmt.Errorf("%s: %w", c.File, err)
		}
		values = append(values, more...)
	}
	if (len(values) == 0) != c.None {
		return usageError{errors.New("partner assets set: name values, a --file of them, or --none")}
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	var now declaredAssets
	if err := hub.Post(env.Context, "/assets", declaredAssets{values}, &now); err != nil {
		return err
	}
	return now.print(env, c.JSON)
}

func readValues(in io.Reader) (values []string, err error) {
	err = eachLot(in, func(l lot) error {
		values = append(values, l.values...)
		return nil
	})
	return values, err
}

type declaredAssets struct {
	Values []string `json:"values"`
}

func (d declaredAssets) print(env *environment, asJSON bool) error {
	if asJSON {
		return env.printJSON(d)
	}
	for _, v := range d.Values {
		if _, err := fmt.Fprintln(env.Stdout, v); err != nil {
			return err
		}
	}
	return nil
}
