package main

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/response"
)

type actionShowCommand struct {
	hubFlags
	ID   string `arg:"" help:"The action."`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (c *actionShowCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var a response.Action
	if err := hub.Get(env.Context, "/actions/"+url.PathEscape(c.ID), &a); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(a)
	}
	return showAction(env, a)
}

func showAction(env *environment, a response.Action) error {
	t := env.table()
	line := func(name string, words ...string) { // nothing, if there is nothing to say
		if text := spaced(words...); text != "" {
			fmt.Fprintf(t, "%s\t%s\n", name, text)
		}
	}
	line("id", string(a.ID))
	line("action", string(a.Kind)+": "+a.Title)
	line("state", actionState(a))
	line("deadline", dueAt(a.Deadline))
	line("outbreak", a.Outbreak)
	line("template", a.Template, a.Step)
	line("asked of", strings.Join(a.AskedOf, ", "))
	if a.Volunteered {
		line("asked of", "nobody: volunteered")
	}
	line("owner", string(a.Owner))
	line("offered to", string(a.OfferedTo))
	line("authority", a.Authority)
	line("approval", string(a.Verdict.State), string(a.Verdict.By), a.Verdict.Reason)
	line("called off", a.Cancelled)
	for _, id := range a.Await {
		line("comes after", string(id)+", which is not done")
	}
	for _, c := range a.Commitments {
		line(string(c.Status), partWords(c))
	}
	for _, id := range a.Waiting {
		line("silent", string(id))
	}
	for _, e := range a.History {
		line(e.At.UTC().Format(time.RFC3339), string(e.Kind), "by", string(e.Partner), string(e.About), e.Note, e.Moot)
	}
	return t.Flush()
}

// partWords are one partner's part, each thing said of it apart.
func partWords(c response.Commitment) string {
	words := []string{string(c.Partner)}
	for _, said := range []struct{ name, text string }{
		{"note", c.Note}, {"evidence", c.Evidence}, {"contested", c.Contest}, {"reason", c.Reason},
	} {
		if said.text != "" {
			words = append(words, said.name+": "+said.text)
		}
	}
	if !c.Deadline.IsZero() {
		words = append(words, "deadline: "+dueAt(c.Deadline))
	}
	return strings.Join(words, "; ")
}

// spaced are the words that there are, with a space between them.
func spaced(words ...string) string {
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}
