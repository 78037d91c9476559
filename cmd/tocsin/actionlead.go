package main

import (
	"errors"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/response"
)

type actionApproveCommand struct {
	hubFlags
	ID     string `arg:"" help:"The action."`
	Refuse bool   `help:"Refuse it, with a reason."`
	Reason string `help:"Why."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (c *actionApproveCommand) Run(env *environment) error {
	return changeAction(env, c.hubFlags, "/actions/approvals", response.Approval{Action: response.ActionID(c.ID), Refused: c.Refuse, Reason: c.Reason}, c.JSON)
}

type actionContestCommand struct {
	hubFlags
	ID       string `arg:"" help:"The action."`
	Partner  string `required:"" help:"Id or exact name of the partner whose evidence it is."`
	Reason   string `required:"" help:"What does not convince."`
	Withdraw bool   `help:"Take a contest back."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

func (c *actionContestCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	whose, err := partnerNamed(env.Context, hub, c.Partner)
	if err != nil {
		return fmt.Errorf("--partner: %w", err)
	}
	return changeAction(env, c.hubFlags, "/actions/contests", response.Contest{
		Action: response.ActionID(c.ID), Partner: whose, Reason: c.Reason, Withdraw: c.Withdraw,
	}, c.JSON)
}

type actionMoveCommand struct {
	hubFlags
	ID       string  `arg:"" help:"The action."`
	Deadline dueTime `required:"" help:"Until when: 2h, 05:00 or 2026-11-24 05:00 (UTC), or RFC 3339."`
	Reason   string  `required:"" help:"Why."`
	JSON     bool    `name:"json" help:"Print JSON."`
}

func (c *actionMoveCommand) Run(env *environment) error {
	return changeAction(env, c.hubFlags, "/actions/deadlines", response.Move{Action: response.ActionID(c.ID), Deadline: c.Deadline.Time, Reason: c.Reason}, c.JSON)
}

type actionHandOverCommand struct {
	hubFlags
	ID      string `arg:"" help:"The action."`
	To      string `help:"Id or exact name of the partner that shall lead it; your own takes an offer back."`
	Accept  bool   `help:"Lead it, as you were asked."`
	Decline bool   `help:"Do not lead it, as you were asked."`
	Note    string `help:"What there is to say."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

func (c *actionHandOverCommand) Run(env *environment) error {
	h := response.Handover{Action: response.ActionID(c.ID), Note: c.Note}
	said := 0
	for answer, given := range map[string]bool{"": c.To != "", "accept": c.Accept, "decline": c.Decline} {
		if given {
			said, h.Answer = said+1, answer
		}
	}
	if said != 1 {
		return usageError{errors.New("give one of --to, --accept and --decline")}
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	if h.To, err = partnerNamed(env.Context, hub, c.To); err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	return changeAction(env, c.hubFlags, "/actions/owners", h, c.JSON)
}
