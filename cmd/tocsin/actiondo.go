package main

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/response"
)

type actionOpenCommand struct {
	hubFlags
	Kind      string   `required:"" help:"takedown, account-shutdown, exploit-purge, sinkhole, patch, isolate, notify or assist."`
	Title     string   `arg:"" help:"What is to be done."`
	AskedOf   []string `help:"Ids and exact names of partners, sectors, kinds of partner (kind:provider) and countries (country:GB); without any the action is volunteered by you."`
	Outbreak  string   `help:"Id of the outbreak that it answers."`
	Owner     string   `help:"Id or exact name of the partner that shall lead it, once it accepts; you, if it does not say."`
	Authority string   `help:"On whose authority, or under which law."`
	Approval  string   `help:"needed, or (administrator) not-needed; as the kind says, if it does not say."`
	Deadline  dueTime  `help:"Until when: 2h, 05:00 or 2026-11-24 05:00 (UTC), or RFC 3339."`
	After     []string `help:"Ids of actions that have to be done before."`
	JSON      bool     `name:"json" help:"Print JSON."`
}

func (c *actionOpenCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	asked, err := askedOf(env.Context, hub, c.AskedOf)
	if err != nil {
		return err
	}
	owner, err := partnerNamed(env.Context, hub, c.Owner)
	if err != nil {
		return fmt.Errorf("--owner: %w", err)
	}
	o := response.Opening{
		Kind: response.Kind(c.Kind), Title: c.Title, Outbreak: c.Outbreak, AskedOf: asked, Volunteered: len(asked) == 0, Deadline: c.Deadline.Time,
		Owner: owner, Authority: c.Authority, Approval: response.Need(c.Approval),
	}
	for _, id := range c.After {
		o.After = append(o.After, response.ActionID(id))
	}
	return changeAction(env, c.hubFlags, "/actions", o, c.JSON)
}

type actionCommitCommand struct {
	hubFlags
	ID       string  `arg:"" help:"The action."`
	Note     string  `help:"What you will do."`
	Deadline dueTime `help:"Until when, if it is not the action's deadline: 2h, 05:00 or 2026-11-24 05:00 (UTC), or RFC 3339."`
	JSON     bool    `name:"json" help:"Print JSON."`
}

func (c *actionCommitCommand) Run(env *environment) error {
	return changeAction(env, c.hubFlags, "/commitments", response.Promise{Action: response.ActionID(c.ID), Note: c.Note, Deadline: c.Deadline.Time}, c.JSON)
}

type actionDoneCommand struct {
	hubFlags
	ID       string `arg:"" help:"The action."`
	Evidence string `required:"" help:"By what one can tell: words, a URL, sha256: and a digest, the id of a contribution of yours or of a protection, or receipt:PROTECTION:OUTLET."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

func (c *actionDoneCommand) Run(env *environment) error {
	return changeAction(env, c.hubFlags, "/commitments/done", response.Completion{Action: response.ActionID(c.ID), Evidence: c.Evidence}, c.JSON)
}

type actionRollBackCommand struct {
	hubFlags
	ID     string `arg:"" help:"The action."`
	Reason string `required:"" help:"Why it is taken back."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (c *actionRollBackCommand) Run(env *environment) error {
	return changeAction(env, c.hubFlags, "/commitments/rollback", response.Reversal{Action: response.ActionID(c.ID), Reason: c.Reason}, c.JSON)
}

type actionCancelCommand struct {
	hubFlags
	ID     string `arg:"" help:"The action."`
	Reason string `required:"" help:"Why it is called off."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (c *actionCancelCommand) Run(env *environment) error {
	return changeAction(env, c.hubFlags, "/actions/cancellation", response.Reversal{Action: response.ActionID(c.ID), Reason: c.Reason}, c.JSON)
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
	for _, id := range a.Await {
		fmt.Fprintf(env.Stderr, "Warning: %s comes before this one and is not done\n", id)
	}
	if path == "/actions" {
		warnUnasked(env, a)
	}
	if asJSON {
		return env.printJSON(a)
	}
	_, err = fmt.Fprintf(env.Stdout, "%s\t%s\t%s\t%s\n", a.ID, actionState(a), dueAt(a.Deadline), a.Title)
	return err
}

// warnUnasked warns of a new action that is asked of nobody that is there.
func warnUnasked(env *environment, a response.Action) {
	if len(a.AskedOf) > 0 && a.Silent+len(a.Commitments) == 0 {
		reachesNobody(env, string(a.ID), a.AskedOf...)
	}
}
