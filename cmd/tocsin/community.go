package main

import (
	"fmt"
	"net/url"
	"text/tabwriter"

	"github.com/tocsin-project/tocsin/internal/access"
)

type communityCommand struct {
	List   communityListCommand   `cmd:"" help:"Your communities and their members; an administrator's are all."`
	Create communityCreateCommand `cmd:"" help:"Found a community (administrator)."`
	Join   communityJoinCommand   `cmd:"" help:"Make a partner a member (administrator)."`
	Leave  communityLeaveCommand  `cmd:"" help:"End a membership (administrator, or a coordinator of the partner)."`
}

type community struct {
	access.Community
	Members []string `json:"members"`
}

type communityListCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *communityListCommand) Run(env *environment) error {
	return printList(env, c.hubFlags, "/communities", "communities", c.JSON, func(t *tabwriter.Writer, one community) {
		fmt.Fprintf(t, "%s\t%d members\t%s\n", one.ID, len(one.Members), one.Title)
	})
}

type communityCreateCommand struct {
	hubFlags
	ID          string `arg:"" help:"A word, such as health."`
	Title       string `required:"" help:"Its name for people."`
	Description string `help:"Who it is for."`
	Policy      string `help:"What its members agreed on."`
	JSON        bool   `name:"json" help:"Print JSON."`
}

func (c *communityCreateCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var made community
	in := map[string]string{"id": c.ID, "title": c.Title, "description": c.Description, "policy": c.Policy}
	if err := hub.Post(env.Context, "/communities", in, &made); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(made)
	}
	_, err = fmt.Fprintln(env.Stdout, made.ID)
	return err
}

type communityJoinCommand struct {
	hubFlags
	ID      string   `arg:"" help:"The community."`
	Partner []string `arg:"" help:"The partners' ids."`
}

func (c *communityJoinCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	for _, p := range c.Partner {
		if err := hub.Put(env.Context, memberPath(c.ID, p)); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	return nil
}

type communityLeaveCommand struct {
	hubFlags
	ID      string `arg:"" help:"The community."`
	Partner string `arg:"" help:"The partner's id."`
}

func (c *communityLeaveCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	return hub.Delete(env.Context, memberPath(c.ID, c.Partner))
}

func memberPath(community, partner string) string {
	return "/communities/" + url.PathEscape(community) + "/members/" + url.PathEscape(partner)
}
