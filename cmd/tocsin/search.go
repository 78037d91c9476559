package main

import (
	"fmt"
	"net/url"
)

type searchCommand struct {
	hubFlags
	Query string `arg:"" help:"Words, a name, a domain, an address, a hash, an external id."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

func (c *searchCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var answer struct {
		Objects []struct {
			ID   string `json:"id"`
			Type string `json:"type"`
			Name string `json:"name"`
			TLP  string `json:"tlp"`
		} `json:"objects"`
	}
	if err := hub.Get(env.Context, "/search?q="+url.QueryEscape(c.Query), &answer); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	t := env.table()
	for _, o := range answer.Objects {
		fmt.Fprintf(t, "TLP:%s\t%s\t%s\t%s\n", o.TLP, o.Type, o.Name, o.ID)
	}
	return t.Flush()
}
