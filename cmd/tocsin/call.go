package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

type callCommand struct {
	List   callListCommand   `cmd:"" default:"withargs" help:"The calls for assistance, the newest first."`
	Open   callOpenCommand   `cmd:"" help:"Call partners that match every list that is given, and those named (coordinator)."`
	Answer callAnswerCommand `cmd:"" help:"Say with what you can help, or that you cannot; again to change it."`
	Show   callShowCommand   `cmd:"" help:"One call: who had answered by a time, with what, after how long."`
	Close  callCloseCommand  `cmd:"" help:"Close a call that your partner opened (coordinator)."`
}

type callListCommand struct {
	hubFlags
	Open     bool   `help:"Only those that are not closed."`
	Yours    bool   `help:"Only those that reached your partner, or that it opened."`
	Outbreak string `help:"Only those about this outbreak." placeholder:"ID"`
	JSON     bool   `name:"json" help:"Print JSON."`
}

func (c *callListCommand) Run(env *environment) error {
	query := url.Values{"outbreak": {c.Outbreak}, "open": {fmt.Sprint(c.Open)}, "yours": {fmt.Sprint(c.Yours)}}
	return printList(env, c.hubFlags, "/calls?"+query.Encode(), "calls", c.JSON, func(t *tabwriter.Writer, call response.Call) {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d called\t%d offers\t%d declined\t%s\t%s\n", call.ID, openOrClosed(call), call.Opened.UTC().Format(time.RFC3339),
			call.Reached, call.Offers, call.Declined, yourAnswer(call), call.Title)
	})
}

func openOrClosed(c response.Call) string {
	if c.Closed.IsZero() {
		return "open"
	}
	return "closed"
}

// yourAnswer is what the reader's partner has to do with a call.
func yourAnswer(c response.Call) string {
	switch {
	case c.Your != nil && c.Your.Declined:
		return "you declined"
	case c.Your != nil:
		return "you offered"
	case c.CalledYou:
		return "calls you"
	}
	return "-"
}

type callOpenCommand struct {
	hubFlags
	Title      string             `arg:"" help:"What is needed."`
	Text       string             `help:"More about it."`
	Outbreak   string             `help:"Id of the outbreak that it is about." placeholder:"ID"`
	Sectors    []string           `name:"sector" help:"Partners of any of these sectors."`
	Countries  []string           `name:"country" help:"And of any of these countries."`
	Kinds      []string           `name:"kind" help:"And of any of these kinds, such as security."`
	Skills     []string           `name:"skill" help:"And with any of these skills."`
	Partners   []access.PartnerID `name:"partner" help:"And these, by id or exact name; alone, only these." placeholder:"PARTNER"`
	Deadline   dueTime            `help:"Until when answers are awaited: 2h, 05:00 or 2026-11-24 05:00 (UTC), or RFC 3339."`
	TLP        access.TLP         `help:"Who may see it: green (without), amber, amber+strict or red, which is the partners that are named."`
	Recipients []access.PartnerID `name:"recipient" help:"With red: who may see it." placeholder:"PARTNER"`
	JSON       bool               `name:"json" help:"Print JSON."`
}

func (c *callOpenCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	partners, err := partnersNamed(env.Context, hub, c.Partners...)
	if err != nil {
		return fmt.Errorf("--partner: %w", err)
	}
	recipients, err := partnersNamed(env.Context, hub, c.Recipients...)
	if err != nil {
		return fmt.Errorf("--recipient: %w", err)
	}
	in := struct {
		response.CallOpening
		Audience access.Audience `json:"audience,omitzero"`
	}{CallOpening: response.CallOpening{
		Title: c.Title, Text: c.Text, Outbreak: c.Outbreak, Sectors: c.Sectors, Countries: c.Countries, Kinds: c.Kinds, Skills: c.Skills,
		Partners: partners, Deadline: c.Deadline.Time,
	}}
	if c.TLP != "" {
		in.Audience = access.ToCommunity(c.TLP)
		in.Audience.Recipients = recipients
	}
	return changeCall(env, c.hubFlags, "/calls", in, c.JSON)
}

type callAnswerCommand struct {
	hubFlags
	ID      string   `arg:"" help:"The call."`
	Offer   string   `arg:"" optional:"" help:"With what you can help."`
	Skills  []string `name:"skill" help:"Which of your skills you offer."`
	Decline bool     `help:"Say that you cannot help; no reason is needed."`
	JSON    bool     `name:"json" help:"Print JSON."`
}

func (c *callAnswerCommand) Run(env *environment) error {
	if c.Offer == "" && !c.Decline {
		return usageError{errors.New("call answer: say with what you can help, or --decline")}
	}
	return changeCall(env, c.hubFlags, "/calls/answers", response.CallAnswer{Call: response.CallID(c.ID), Offer: c.Offer, Skills: c.Skills, Declined: c.Decline}, c.JSON)
}

type callCloseCommand struct {
	hubFlags
	ID     string `arg:"" help:"The call."`
	Reason string `required:"" help:"Why; everybody who sees the call sees it."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (c *callCloseCommand) Run(env *environment) error {
	return changeCall(env, c.hubFlags, "/calls/closing", response.CallClosing{Call: response.CallID(c.ID), Reason: c.Reason}, c.JSON)
}

func changeCall(env *environment, flags hubFlags, path string, in any, asJSON bool) error {
	hub, err := flags.client()
	if err != nil {
		return err
	}
	var call response.Call
	if err := hub.Post(env.Context, path, in, &call); err != nil {
		return err
	}
	if path == "/calls" && call.Reached == 0 {
		asked := slices.Concat(call.Sectors, call.Countries, call.Kinds, call.Skills)
		for _, p := range call.Partners {
			asked = append(asked, string(p))
		}
		reachesNobody(env, string(call.ID), cmp.Or(strings.Join(asked, ", "), "it"))
	}
	if asJSON {
		return env.printJSON(call)
	}
	_, err = fmt.Fprintf(env.Stdout, "%s\t%s\t%d called\t%d offers\t%s\n", call.ID, openOrClosed(call), call.Reached, call.Offers, cmp.Or(call.Reason, call.Title))
	return err
}
