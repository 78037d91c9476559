package main

import (
	"fmt"
	"net/url"
	"strings"
)

type objectCommand struct {
	Tighten  tightenCommand  `cmd:"" help:"Narrow who may see an object, or all that a contribution brought, from now on."`
	Withdraw withdrawCommand `cmd:"" help:"Take an object, or all that a contribution brought, out of every outlet."`
	Erase    eraseCommand    `cmd:"" help:"Destroy the content of a contribution, for good (coordinator)."`
}

// takeBack is what the three have in common.
type takeBack struct {
	hubFlags
	ID     string `arg:"" help:"The object's id, or the contribution's (contribution--...)."`
	Owner  string `help:"For an administrator: the partner whose it is; otherwise the token's own."`
	Reason string `required:"" help:"Why, for the audit."`
}

// send asks the hub for the act, and says on the terminal what was done.
func (c *takeBack) send(env *environment, act, done string, more map[string]any) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	body := map[string]any{"reason": c.Reason}
	if c.Owner != "" {
		body["owner"] = c.Owner
	}
	for name, value := range more {
		body[name] = value
	}
	noun := "objects"
	if strings.HasPrefix(c.ID, "contribution--") {
		noun = "contributions"
	}
	if err := hub.Post(env.Context, "/"+noun+"/"+url.PathEscape(c.ID)+"/"+act, body, nil); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "%s %s: no outlet shows more of it any longer\n", c.ID, done)
	return err
}

type tightenCommand struct {
	takeBack
	TLP        string   `name:"tlp" required:"" help:"The new marking: green, amber, amber+strict or red."`
	Community  string   `default:"default" help:"Whose members the community are."`
	Recipients []string `help:"For TLP:RED: partner ids, separated by commas."`
}

func (c *tightenCommand) Run(env *environment) error {
	more := map[string]any{"tlp": c.TLP, "community": c.Community}
	if len(c.Recipients) > 0 {
		more["recipients"] = c.Recipients
	}
	return c.send(env, "tightening", "is now TLP:"+strings.ToUpper(strings.TrimPrefix(strings.ToLower(c.TLP), "tlp:")), more)
}

type withdrawCommand struct{ takeBack }

func (c *withdrawCommand) Run(env *environment) error {
	return c.send(env, "withdrawal", "is withdrawn", nil)
}

type eraseCommand struct{ takeBack }

func (c *eraseCommand) Run(env *environment) error {
	if !strings.HasPrefix(c.ID, "contribution--") {
		return usageError{fmt.Errorf("%s: whole contributions are erased: name one as contribution--...; an object can be withdrawn", c.ID)}
	}
	return c.send(env, "erasure", "is erased", nil)
}
