package main

import (
	"errors"
	"fmt"
	"net/url"
	"text/tabwriter"

	"github.com/tocsin-project/tocsin/internal/access"
)

type partnerCommand struct {
	List       partnerListCommand       `cmd:"" help:"Who takes part."`
	Add        partnerAddCommand        `cmd:"" help:"Let a partner in (administrator)."`
	Set        partnerSetCommand        `cmd:"" help:"Change how a partner's word weighs (administrator)."`
	Dismiss    partnerDismissCommand    `cmd:"" help:"End a partner's taking part, with its tokens, people and memberships (administrator)."`
	Clients    partnerClientsCommand    `cmd:"" help:"Whom your partner lists as clients, and who lists it."`
	Enlist     partnerListingCommand    `cmd:"" name:"list-client" help:"List a client: it is told what your partner marks TLP:AMBER (contributor)."`
	Assets     partnerAssetsCommand     `cmd:"" help:"What your partner declares as its own, which automation does not block."`
	Quarantine partnerQuarantineCommand `cmd:"" help:"A partner is compromised: its word since a time does not count, and what rests on it is taken back (coordinator of another)."`
	Unlist     partnerUnlistCommand     `cmd:"" name:"unlist-client" help:"Take a client off the list (contributor)."`
}

type partnerListCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *partnerListCommand) Run(env *environment) error {
	return printList(env, c.hubFlags, "/partners", "partners", c.JSON, func(t *tabwriter.Writer, p access.Partner) {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", p.ID, p.Country, p.Kind, p.Sector, p.Name, standing(p))
	})
}

type partnerAddCommand struct {
	hubFlags
	Name    string `arg:"" help:"The organisation's name."`
	Sector  string `required:"" help:"STIX industry sector, such as healthcare."`
	Country string `required:"" help:"ISO 3166-1 alpha-2, such as GB."`
	Kind    string `required:"" help:"government, cert, provider, vendor, security, operator, or hub for another community's hub."`
	JSON    bool   `name:"json" help:"Print JSON."`

	Organisation string `help:"A word: partners of one organisation count as one voice." placeholder:"WORD"`
	Designated   bool   `help:"Its word needs no corroboration."`
	Canary       bool   `help:"What automation decides about more than one name or address is in force there first."`
}

func (c *partnerAddCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var p access.Partner
	in := map[string]any{
		"name": c.Name, "sector": c.Sector, "country": c.Country, "kind": c.Kind,
		"organisation": c.Organisation, "designated": c.Designated, "canary": c.Canary,
	}
	if err := hub.Post(env.Context, "/partners", in, &p); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(p)
	}
	_, err = fmt.Fprintln(env.Stdout, p.ID)
	return err
}

type partnerSetCommand struct {
	hubFlags
	ID           string  `arg:"" help:"The partner's id."`
	Organisation *string `help:"A word: partners of one organisation count as one voice. Empty takes it out of the one that it is of." placeholder:"WORD"`
	Designated   *bool   `help:"Its word needs no corroboration; --no-designated takes that back." negatable:""`
	Canary       *bool   `help:"What automation decides about more than one name or address is in force there first; --no-canary takes that back." negatable:""`
	Reason       string  `required:"" help:"Why, for the audit; the community sees it."`
	JSON         bool    `name:"json" help:"Print JSON."`
}

func (c *partnerSetCommand) Run(env *environment) error {
	if c.Organisation == nil && c.Designated == nil && c.Canary == nil {
		return usageError{errors.New("partner set: nothing to change: name --organisation, --designated or --no-designated, --canary or --no-canary")}
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	in := struct {
		Organisation *string `json:"organisation,omitzero"`
		Designated   *bool   `json:"designated,omitzero"`
		Canary       *bool   `json:"canary,omitzero"`
		Reason       string  `json:"reason"`
	}{c.Organisation, c.Designated, c.Canary, c.Reason}
	var p access.Partner
	if err := hub.Patch(env.Context, "/partners/"+url.PathEscape(c.ID), in, &p); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(p)
	}
	fmt.Fprintln(env.Stderr, `It counts from now on. To undo a mistake, set it again as it was; protections that rest on it are looked up with "tocsin protection why VALUE" and taken back with "tocsin protection recall VALUE", alarms are ended with "tocsin outbreak end ID --false-alarm".`)
	_, err = fmt.Fprintf(env.Stdout, "%s: %s\n", p.Name, standing(p))
	return err
}

// standing is how a partner's word weighs, in words.
func standing(p access.Partner) string {
	text := "a voice of its own"
	if p.Organisation != "" {
		text = "one voice with " + p.Organisation
	}
	if p.Designated {
		text += ", designated: needs no corroboration"
	}
	if p.Canary {
		text += ", a canary: first to put in force what is held"
	}
	return text
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
