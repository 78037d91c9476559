package main

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
)

type partnerCommand struct {
	List partnerListCommand `cmd:"" help:"Who takes part."`
	Add  partnerAddCommand  `cmd:"" help:"Let a partner in (administrator)."`
}

type partnerListCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *partnerListCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var answer struct {
		Partners []access.Partner `json:"partners"`
	}
	if err := hub.Get(env.Context, "/partners", &answer); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	t := env.table()
	for _, p := range answer.Partners {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", p.ID, p.Country, p.Kind, p.Sector, p.Name)
	}
	return t.Flush()
}

type partnerAddCommand struct {
	hubFlags
	Name    string `arg:"" help:"The organisation's name."`
	Sector  string `required:"" help:"STIX industry sector, such as healthcare."`
	Country string `required:"" help:"ISO 3166-1 alpha-2, such as GB."`
	Kind    string `required:"" help:"government, cert, provider, vendor, security or operator."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

func (c *partnerAddCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var p access.Partner
	in := map[string]string{"name": c.Name, "sector": c.Sector, "country": c.Country, "kind": c.Kind}
	if err := hub.Post(env.Context, "/partners", in, &p); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(p)
	}
	_, err = fmt.Fprintln(env.Stdout, p.ID)
	return err
}
