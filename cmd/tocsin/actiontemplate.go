package main

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/response"
)

type actionTemplateCommand struct {
	hubFlags
	Template string            `arg:"" help:"Id of the template."`
	Outbreak string            `required:"" help:"Id of the outbreak." placeholder:"ID"`
	AskedOf  map[string]string `help:"Of whom a step is asked, in place of what the template says: STEP=WHO,WHO." placeholder:"STEP=WHO,...;..."`
	JSON     bool              `name:"json" help:"Print JSON."`
}

func (c *actionTemplateCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	in := response.FromTemplate{Template: c.Template, Outbreak: c.Outbreak, AskedOf: map[string][]string{}}
	for step, who := range c.AskedOf {
		if in.AskedOf[step], err = askedOf(env.Context, hub, strings.Split(who, ",")); err != nil {
			return err
		}
	}
	var answer struct {
		Actions []response.Action `json:"actions"`
	}
	if err := hub.Post(env.Context, "/actions/from-template", in, &answer); err != nil {
		return err
	}
	for _, a := range answer.Actions {
		warnUnasked(env, a)
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	t := env.table()
	for _, a := range answer.Actions {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d silent\t%s\t%s\n", a.ID, actionState(a), a.Kind, a.Silent, dueAt(a.Deadline), a.Title)
	}
	return t.Flush()
}

type actionTemplatesCommand struct {
	hubFlags
	ID       string `arg:"" optional:"" help:"Of one, the steps."`
	Outbreak string `help:"Only those that meet this outbreak, the closest first." placeholder:"ID"`
	JSON     bool   `name:"json" help:"Print JSON."`
}

func (c *actionTemplatesCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	if c.ID != "" {
		return c.one(env, hub)
	}
	path := "/templates"
	if c.Outbreak != "" {
		path += "?outbreak=" + url.QueryEscape(c.Outbreak)
	}
	var answer struct {
		Templates []response.Template `json:"templates"`
	}
	if err := client.Collect(env.Context, hub, path, "templates", &answer.Templates); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	t := env.table()
	for _, one := range answer.Templates {
		fmt.Fprintf(t, "%s\t%d steps\t%s\t%s\n", one.ID, len(one.Steps), strings.Join(one.For, ", "), one.Title)
	}
	return t.Flush()
}

func (c *actionTemplatesCommand) one(env *environment, hub *client.Client) error {
	var one response.Template
	if err := hub.Get(env.Context, "/templates/"+url.PathEscape(c.ID), &one); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(one)
	}
	t := env.table()
	for _, step := range one.Steps {
		within := "no deadline"
		if step.DeadlineS > 0 {
			within = "within " + (time.Duration(step.DeadlineS) * time.Second).String()
		}
		after := ""
		if len(step.After) > 0 {
			after = "after " + strings.Join(step.After, ", ")
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", step.Key, step.Kind, strings.Join(step.AskedOf, ", "), within, after, step.Title)
	}
	return t.Flush()
}
