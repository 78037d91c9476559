package main

import (
	"fmt"
	"net/url"
)

type tokenCommand struct {
	Issue  tokenIssueCommand  `cmd:"" help:"Issue a token (administrator); it is shown this once."`
	Revoke tokenRevokeCommand `cmd:"" help:"Revoke a token by its id (administrator)."`
}

type tokenIssueCommand struct {
	hubFlags
	Partner string `arg:"" help:"The partner's id."`
	Role    string `required:"" help:"viewer, contributor, analyst, coordinator or administrator."`
	JSON    bool   `name:"json" help:"Print JSON, with the token's id."`
}

func (c *tokenIssueCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var issued struct {
		ID    string `json:"id"`
		Token string `json:"token"`
	}
	if err := hub.Post(env.Context, "/tokens", map[string]string{"partner": c.Partner, "role": c.Role}, &issued); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(issued)
	}
	_, err = fmt.Fprintln(env.Stdout, issued.Token)
	return err
}

type tokenRevokeCommand struct {
	hubFlags
	ID     string `arg:"" help:"The token's id."`
	Reason string `required:"" help:"Why, for the audit."`
}

func (c *tokenRevokeCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	return hub.Post(env.Context, "/tokens/"+url.PathEscape(c.ID)+"/revocation", map[string]string{"reason": c.Reason}, nil)
}
