package main

import (
	"fmt"
	"net/url"
	"time"

	"github.com/tocsin-project/tocsin/internal/protect"
)

type protectionCommand struct {
	List   protectionListCommand   `cmd:"" help:"What engines should do about which value."`
	Add    protectionAddCommand    `cmd:"" help:"Ask for a protection: a coordinator's is in force at once."`
	Recall protectionRecallCommand `cmd:"" help:"Recall a protection (coordinator)."`
	Why    protectionWhyCommand    `cmd:"" help:"The whole story of a value."`
}

type protectionListCommand struct {
	hubFlags
	Receipts bool `help:"With each, who has it in force."`
	JSON     bool `name:"json" help:"Print JSON."`
}

type listedProtection struct {
	protect.Protection
	Receipts []protect.PartnerReceipt `json:"receipts,omitempty"`
}

func (c *protectionListCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var answer struct {
		Protections []listedProtection `json:"protections"`
	}
	if err := hub.Get(env.Context, "/protections", &answer); err != nil {
		return err
	}
	for i := range answer.Protections {
		if p := &answer.Protections[i]; c.Receipts {
			if err := hub.Get(env.Context, "/protections/"+p.ID+"/receipts", p); err != nil {
				return err
			}
		}
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	t := env.table()
	for _, p := range answer.Protections {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", p.Polarity, p.Status, p.Text, p.Expires.UTC().Format(time.RFC3339), p.Rule)
		for _, r := range p.Receipts {
			state := "gone"
			if r.InForce {
				state = "in force"
			}
			fmt.Fprintf(t, "\t%s\t%s\t%s\t%s\n", state, r.Partner, r.At.UTC().Format(time.RFC3339Nano), r.Problem)
		}
	}
	return t.Flush()
}

type protectionAddCommand struct {
	hubFlags
	Value    string `arg:"" help:"A domain, address, prefix, URL or hash."`
	Polarity string `required:"" enum:"block,observe,must-resolve" help:"block, observe or must-resolve."`
	Reason   string `required:"" help:"Why, for the ledger."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

func (c *protectionAddCommand) Run(env *environment) error {
	return changeProtection(env, c.hubFlags, "/protections", map[string]string{"value": c.Value, "polarity": c.Polarity, "reason": c.Reason}, c.JSON)
}

type protectionRecallCommand struct {
	hubFlags
	Value  string `arg:"" help:"The value whose protection is recalled."`
	Reason string `required:"" help:"Why, for the ledger."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (c *protectionRecallCommand) Run(env *environment) error {
	return changeProtection(env, c.hubFlags, "/protections/recall", map[string]string{"value": c.Value, "reason": c.Reason}, c.JSON)
}

func changeProtection(env *environment, flags hubFlags, path string, in any, asJSON bool) error {
	hub, err := flags.client()
	if err != nil {
		return err
	}
	var p protect.Protection
	if err := hub.Post(env.Context, path, in, &p); err != nil {
		return err
	}
	if asJSON {
		return env.printJSON(p)
	}
	_, err = fmt.Fprintf(env.Stdout, "%s %s: %s, until %s\n", p.Polarity, p.Text, p.Status, p.Expires.UTC().Format(time.RFC3339))
	return err
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
	return t.Flush()
}
