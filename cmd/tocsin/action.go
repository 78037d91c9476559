package main

import (
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/response"
)

type actionCommand struct {
	List   actionListCommand   `cmd:"" help:"The board."`
	Open   actionOpenCommand   `cmd:"" help:"Ask partners for an action, or volunteer one."`
	Commit actionCommitCommand `cmd:"" help:"Commit to an action."`
	Done   actionDoneCommand   `cmd:"" help:"Report a commitment done, with evidence."`
}

type actionListCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *actionListCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var answer struct {
		Actions []response.Action `json:"actions"`
	}
	if err := hub.Get(env.Context, "/actions", &answer); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	t := env.table()
	for _, a := range answer.Actions {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d committed\t%s\n", a.ID, a.Status, a.Kind, len(a.Commitments), a.Title)
	}
	return t.Flush()
}

type actionOpenCommand struct {
	hubFlags
	Kind     string    `required:"" help:"takedown, account-shutdown, exploit-purge, sinkhole, patch, isolate, notify or assist."`
	Title    string    `arg:"" help:"What is to be done."`
	AskedOf  []string  `help:"Partner ids and sectors; without any the action is volunteered by you."`
	Outbreak string    `help:"Id of the outbreak that it answers."`
	Deadline time.Time `help:"Until when, RFC 3339."`
	JSON     bool      `name:"json" help:"Print JSON."`
}

func (c *actionOpenCommand) Run(env *environment) error {
	return changeAction(env, c.hubFlags, "/actions", response.Opening{
		Kind: response.Kind(c.Kind), Title: c.Title, Outbreak: c.Outbreak, AskedOf: c.AskedOf, Volunteered: len(c.AskedOf) == 0, Deadline: c.Deadline,
	}, c.JSON)
}

type actionCommitCommand struct {
	hubFlags
	ID   string `arg:"" help:"The action."`
	Note string `help:"What you will do."`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (c *actionCommitCommand) Run(env *environment) error {
	return changeAction(env, c.hubFlags, "/commitments", response.Promise{Action: response.ActionID(c.ID), Note: c.Note}, c.JSON)
}

type actionDoneCommand struct {
	hubFlags
	ID       string `arg:"" help:"The action."`
	Evidence string `required:"" help:"By what one can tell: words, a URL, or sha256: and a digest."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

func (c *actionDoneCommand) Run(env *environment) error {
	return changeAction(env, c.hubFlags, "/commitments/done", response.Completion{Action: response.ActionID(c.ID), Evidence: c.Evidence}, c.JSON)
}

func changeAction(env *environment, flags hubFlags, path string, in any, asJSON bool) error {
	hub, err := flags.client()
	if err != nil {
		return err
	}
	var a response.Action
	if err := hub.Post(env.Context, path, in, &a); err != nil {
		return err
	}
	if asJSON {
		return env.printJSON(a)
	}
	_, err = fmt.Fprintf(env.Stdout, "%s\t%s\t%s\n", a.ID, a.Status, a.Title)
	return err
}
