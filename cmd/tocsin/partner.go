package main

import (
	"fmt"
	"net/url"

	"github.com/tocsin-project/tocsin/internal/access"
)

type partnerCommand struct {
	List    partnerListCommand    `cmd:"" help:"Who takes part."`
	Add     partnerAddCommand     `cmd:"" help:"Let a partner in (administrator)."`
	Dismiss partnerDismissCommand `cmd:"" help:"End a partner's taking part, with its tokens, people and memberships (administrator)."`
	Clients partnerClientsCommand `cmd:"" help:"Whom your partner lists as clients, and who lists it."`
	Enlist  partnerListingCommand `cmd:"" name:"list-client" help:"List a client: it is told what your partner marks TLP:AMBER (contributor)."`
	Unlist  partnerUnlistCommand  `cmd:"" name:"unlist-client" help:"Take a client off the list (contributor)."`
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

type partnerDismissCommand struct {
	hubFlags
	ID     string `arg:"" help:"The partner's id."`
	Reason string `required:"" help:"Why, for the audit."`
}

func (c *partnerDismissCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	return hub.Post(env.Context, "/partners/"+url.PathEscape(c.ID)+"/dismissal", map[string]string{"reason": c.Reason}, nil)
}

type partnerClientsCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *partnerClientsCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var answer struct {
		Clients  []string `json:"clients"`
		ClientOf []string `json:"client_of"`
	}
	if err := hub.Get(env.Context, "/clients", &answer); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	t := env.table()
	for _, id := range answer.Clients {
		fmt.Fprintf(t, "%s\tclient\n", id)
	}
	for _, id := range answer.ClientOf {
		fmt.Fprintf(t, "%s\tlists your partner\n", id)
	}
	return t.Flush()
}

type partnerListingCommand struct {
	hubFlags
	Client string `arg:"" help:"The client's id."`
}

func (c *partnerListingCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	return hub.Put(env.Context, "/clients/"+url.PathEscape(c.Client))
}

type partnerUnlistCommand struct {
	hubFlags
	Client string `arg:"" help:"The client's id."`
}

func (c *partnerUnlistCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	return hub.Delete(env.Context, "/clients/"+url.PathEscape(c.Client))
}
