package main

import (
	"fmt"
	"net/url"
	"time"

	"github.com/tocsin-project/tocsin/internal/protect"
)

type protectionCommand struct {
	List    protectionListCommand    `cmd:"" help:"What engines should do about which value."`
	Add     protectionAddCommand     `cmd:"" help:"Ask for a protection: a coordinator's is in force at once."`
	Confirm protectionConfirmCommand `cmd:"" help:"Confirm another person's must-resolve, so that it lasts (coordinator)."`
	Recall  protectionRecallCommand  `cmd:"" help:"Recall a protection (coordinator)."`
	Why     protectionWhyCommand     `cmd:"" help:"The whole story of a value."`
}

type protectionConfirmCommand struct {
	hubFlags
	Value  string `arg:"" help:"The name that must resolve."`
	Reason string `required:"" help:"Why, for the ledger."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (c *protectionConfirmCommand) Run(env *environment) error {
	_, err := changeProtection(env, c.hubFlags, "/protections/confirm", map[string]string{"value": c.Value, "reason": c.Reason}, c.JSON)
	return err
}

// changeProtection posts what is to change, prints the protection as it stands
// then, and gives it.
func changeProtection(env *environment, flags hubFlags, path string, in any, asJSON bool) (p protect.Protection, err error) {
	hub, err := flags.client()
	if err != nil {
		return p, err
	}
	if err := hub.Post(env.Context, path, in, &p); err != nil {
		return p, err
	}
	if asJSON {
		return p, env.printJSON(p)
	}
	until := ""
	if p.Status != protect.Revoked {
		until = ", until " + p.Expires.UTC().Format(time.RFC3339)
	}
	_, err = fmt.Fprintf(env.Stdout, "%s %s: %s%s\n", p.Polarity, p.Text, p.Status, until)
	return p, err
}

type protectionWhyCommand struct {
	hubFlags
	Value string `arg:"" help:"The value."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

func (c *protectionWhyCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var story protect.Story
	if err := hub.Get(env.Context, "/protections/why?value="+url.QueryEscape(c.Value), &story); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(story)
	}
	t := env.table()
	for _, e := range story.Events {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", e.At.UTC().Format(time.RFC3339), e.By, e.Text, e.Note)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, now := range story.Standing {
		if err := printOutlook(env, now); err != nil {
			return err
		}
	}
	return nil
}

// printOutlook says how a protection stands now.
func printOutlook(env *environment, o protect.Outlook) error {
	fmt.Fprintf(env.Stdout, "now: %s %s, marked %s", o.Polarity, o.Status, marked(o.Protection))
	if o.Now > 0 {
		then := o.Confidence
		if then == 0 {
			then = 100 // a person did not say
		}
		fmt.Fprintf(env.Stdout, ", confidence %d of %d then", o.Now, then)
	}
	if !o.Held.IsZero() && o.Status == protect.Canary {
		fmt.Fprintf(env.Stdout, ", at canary partners alone until %s", o.Held.UTC().Format(time.RFC3339))
	}
	fmt.Fprintln(env.Stdout)
	if o.Halted != nil {
		fmt.Fprintf(env.Stdout, "  not put in force: automation is stopped since %s: %s\n", o.Halted.At.UTC().Format(time.RFC3339), o.Halted.Reason)
	}
	c := o.Coverage
	fmt.Fprintf(env.Stdout, "  in force at %s, gone at %s, lagging %s\n", outletCount(c.InForce), outletCount(c.Gone), outletCount(c.Lagging))
	for _, s := range c.Stragglers {
		fmt.Fprintf(env.Stdout, "  %s, %s lags: %s%s\n", s.Partner, s.Outlet, s.Why, lastHeard(s))
	}
	_, err := fmt.Fprintf(env.Stdout, "  a recall %s\n", o.Recall)
	return err
}
