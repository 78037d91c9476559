package main

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/response"
)

type actionCommand struct {
	List         actionListCommand      `cmd:"" help:"The board, the newest first."`
	Show         actionShowCommand      `cmd:"" help:"One action: who has committed, who is silent, what happened."`
	Open         actionOpenCommand      `cmd:"" help:"Ask partners for an action, or volunteer one."`
	Commit       actionCommitCommand    `cmd:"" help:"Commit to an action."`
	Done         actionDoneCommand      `cmd:"" help:"Report a commitment done, with evidence."`
	RollBack     actionRollBackCommand  `cmd:"" help:"Take back what was done."`
	Cancel       actionCancelCommand    `cmd:"" help:"Call an action off."`
	Approve      actionApproveCommand   `cmd:"" help:"Approve an action of another organisation, or refuse it (coordinator)."`
	Contest      actionContestCommand   `cmd:"" help:"Say that a partner's evidence does not convince, or take that back."`
	Move         actionMoveCommand      `cmd:"" help:"Give an action that you lead another deadline."`
	HandOver     actionHandOverCommand  `cmd:"" help:"Offer an action that you lead to another partner, or answer such an offer."`
	FromTemplate actionTemplateCommand  `cmd:"" help:"Ask for all actions of a template for an outbreak (coordinator)."`
	Templates    actionTemplatesCommand `cmd:"" help:"The templates, or one with its steps."`
}

type actionListCommand struct {
	hubFlags
	Status      string `help:"Only in this state: open, refused, committed, contested, done, rolled-back or cancelled."`
	Kind        string `help:"Only of this kind."`
	Outbreak    string `help:"Only those that answer this outbreak." placeholder:"ID"`
	Partner     string `help:"Only those that this partner, by id or exact name, opened, leads, was asked for or takes part in." placeholder:"PARTNER"`
	Sector      string `help:"Only those that this sector was asked for or takes part in."`
	Approval    string `help:"Only with the approval not-needed, waiting, approved or refused."`
	Overdue     bool   `help:"Only those of which a deadline has passed."`
	Volunteered bool   `help:"Only those that nobody asked for."`
	JSON        bool   `name:"json" help:"Print JSON."`
}

// query is the list's address; without JSON nothing is asked for that is not printed.
func (c *actionListCommand) query() string {
	q := url.Values{}
	for name, value := range map[string]string{
		"status": c.Status, "kind": c.Kind, "outbreak": c.Outbreak, "partner": c.Partner, "sector": c.Sector, "approval": c.Approval,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for name, set := range map[string]bool{"overdue": c.Overdue, "volunteered": c.Volunteered, "brief": !c.JSON} {
		if set {
			q.Set(name, "true")
		}
	}
	return "/actions?" + q.Encode()
}

func (c *actionListCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	partner, err := partnerNamed(env.Context, hub, c.Partner)
	if err != nil {
		return fmt.Errorf("--partner: %w", err)
	}
	c.Partner = string(partner)
	var answer struct {
		Actions []response.Action `json:"actions"`
	}
	if err := client.Collect(env.Context, hub, c.query(), "actions", &answer.Actions); err != nil {
		return err
	}
	if c.Partner != "" && len(answer.Actions) == 0 { // who has left is no longer listed, and its actions are
		known, err := partnersAt(env.Context, hub)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(known, func(p access.Partner) bool { return p.ID == partner }) {
			return fmt.Errorf("--partner: no partner has the name or id %q: tocsin partner list has them", c.Partner)
		}
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	t := env.table()
	for _, a := range answer.Actions {
		n := a.Parts
		committed := n.Committed + n.Late + n.Contested + n.Done + n.RolledBack + n.Cancelled
		fmt.Fprintf(t, "%s\t%s\t%s\t%d committed\t%d done\t%d silent\t%s\t%s\n", a.ID, actionState(a), a.Kind, committed, n.Done, a.Silent, dueAt(a.Deadline), a.Title)
	}
	return t.Flush()
}

// actionState is the state of an action with what a person has to see beside it.
func actionState(a response.Action) string {
	text := string(a.Status)
	if a.Verdict.State == response.AwaitsApproval {
		text += ", unapproved"
	}
	if a.Overdue {
		text += ", overdue"
	}
	return text
}

func dueAt(at time.Time) string {
	if at.IsZero() {
		return "no deadline"
	}
	return at.UTC().Format(time.RFC3339)
}
