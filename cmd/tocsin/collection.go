package main

import (
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"

	"github.com/tocsin-project/tocsin/internal/access"
)

type collectionCommand struct {
	List   collectionListCommand   `cmd:"" help:"The TAXII collections of your communities; an administrator's are all."`
	Create collectionCreateCommand `cmd:"" help:"Make a collection: a view of what a community shares (administrator)."`
	Remove collectionRemoveCommand `cmd:"" help:"Remove a collection; the objects stay (administrator)."`
}

type collectionListCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *collectionListCommand) Run(env *environment) error {
	return printList(env, c.hubFlags, "/collections", "collections", c.JSON, func(t *tabwriter.Writer, one access.Collection) {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", one.ID, one.Community, one.Title, conditions(one))
	})
}

// conditions are what a collection's objects have in common, in words.
func conditions(c access.Collection) string {
	all := make([]string, 0, len(c.TLPs)+len(c.Types)+len(c.Labels))
	for _, tlp := range c.TLPs {
		all = append(all, "tlp:"+string(tlp))
	}
	all = append(all, c.Types...)
	for _, label := range c.Labels {
		all = append(all, "label "+label)
	}
	return strings.Join(all, ", ")
}

type collectionCreateCommand struct {
	hubFlags
	Title       string   `arg:"" help:"Its name for people."`
	Community   string   `default:"default" help:"Whose it is."`
	Description string   `help:"What it holds."`
	TLP         []string `name:"tlp" help:"Only objects of these levels."`
	Type        []string `help:"Only objects of these STIX types."`
	Label       []string `help:"Only objects with one of these labels."`
	JSON        bool     `name:"json" help:"Print JSON."`
}

func (c *collectionCreateCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	in := struct {
		Community   string   `json:"community"`
		Title       string   `json:"title"`
		Description string   `json:"description,omitempty"`
		TLPs        []string `json:"tlps,omitempty"`
		Types       []string `json:"types,omitempty"`
		Labels      []string `json:"labels,omitempty"`
	}{c.Community, c.Title, c.Description, c.TLP, c.Type, c.Label}
	var made access.Collection
	if err := hub.Post(env.Context, "/collections", in, &made); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(made)
	}
	_, err = fmt.Fprintln(env.Stdout, made.ID)
	return err
}

type collectionRemoveCommand struct {
	hubFlags
	ID string `arg:"" help:"The collection's id."`
}

func (c *collectionRemoveCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	return hub.Delete(env.Context, "/collections/"+url.PathEscape(c.ID))
}
