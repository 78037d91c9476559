package main

import (
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/protect"
)

type automationCommand struct {
	Stop   automationStopCommand   `cmd:"" help:"Stop automation at once: what is in force stays, recalls and people's decisions go through."`
	Resume automationResumeCommand `cmd:"" help:"End a stop: what the rule decided meanwhile takes effect."`
	Status automationStatusCommand `cmd:"" help:"Where automation is stopped, and whose word does not count."`
}

// automationScope is what a stop is of.
type automationScope struct {
	hubFlags
	Partner string `help:"The automation of this partner alone; without, the hub's (coordinator)." placeholder:"ID"`
	Outlet  string `help:"At this outlet alone, as receipts name it; without --partner, of your own partner." placeholder:"NAME"`
	Reason  string `required:"" help:"Why, for the ledger."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

type automationStopCommand struct{ automationScope }

func (c *automationStopCommand) Run(env *environment) error {
	return c.change(env, "stop", "stopped: what the rule decides from now on is not put in force. What is in force stays until it expires; recalls and people's decisions go through.\nTo undo it: tocsin automation resume%s --reason TEXT")
}

type automationResumeCommand struct{ automationScope }

func (c *automationResumeCommand) Run(env *environment) error {
	return c.change(env, "resume", "runs again: what the rule decided meanwhile takes effect.\nTo undo it: tocsin automation stop%s --reason TEXT")
}

// change posts and says what was done and how to undo it; it asks nothing first.
func (c *automationScope) change(env *environment, act, says string) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var now automationState
	if err := hub.Post(env.Context, "/automation/"+act, map[string]string{"partner": c.Partner, "outlet": c.Outlet, "reason": c.Reason}, &now); err != nil {
		return err
	}
	if now.Warning != "" {
		fmt.Fprintln(env.Stderr, "Warning: "+now.Warning)
	}
	if c.JSON {
		return env.printJSON(now)
	}
	of, flags := "automation of the hub ", ""
	if c.Partner != "" {
		of, flags = "automation at "+c.Partner+" ", " --partner "+c.Partner
	}
	if c.Outlet != "" {
		of, flags = of+"for the outlet "+c.Outlet+" ", flags+" --outlet "+c.Outlet
		if c.Partner == "" {
			of = "automation for your outlet " + c.Outlet + " "
		}
	}
	_, err = fmt.Fprintf(env.Stdout, of+says+"\n", flags)
	return err
}

type automationState struct {
	Stops       []protect.Stop         `json:"stops"`
	Waiting     int                    `json:"waiting"`
	Quarantines []protect.InQuarantine `json:"quarantines"`
	Doubtful    []protect.Doubt        `json:"doubtful"`
	Warning     string                 `json:"warning,omitempty"`
}

type automationStatusCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *automationStatusCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var now automationState
	if err := hub.Get(env.Context, "/automation", &now); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(now)
	}
	return now.print(env)
}

func (a automationState) print(env *environment) error {
	t := env.table()
	if len(a.Stops) == 0 {
		fmt.Fprintln(t, "automation runs")
	}
	for _, s := range a.Stops {
		fmt.Fprintf(t, "stopped\t%s\t%s\t%s\t%s\t%s\t%s\n", s.Scope, s.Partner, s.Outlet, s.At.UTC().Format(time.RFC3339), s.By, s.Reason)
	}
	if a.Waiting > 0 {
		fmt.Fprintf(t, "waiting\t%d values that the rule would decide about\n", a.Waiting)
	}
	printQuarantines(t, a.Quarantines, a.Doubtful)
	return t.Flush()
}
