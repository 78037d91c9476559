package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/response"
)

type accountCommand struct {
	Show     accountShowCommand     `cmd:"" default:"withargs" help:"What your partner promised and what it kept; with --partner, another's."`
	Partners accountPartnersCommand `cmd:"" help:"The other partners, a day after each deadline (coordinator, or whom they chose)."`
	Summary  accountSummaryCommand  `cmd:"" help:"All partners together, in groups of several organisations."`
	Explain  accountExplainCommand  `cmd:"" help:"Say something to a commitment, or to having been asked; it is shown beside it."`
	Share    accountShareCommand    `cmd:"" help:"Show your partner's to these partners beside coordinators, and to nobody else any more (coordinator); without any, say how it stands."`
}

type accountShowCommand struct {
	hubFlags
	Partner string `help:"Another partner." placeholder:"ID"`
	JSON    bool   `name:"json" help:"Print JSON."`
}

func (c *accountShowCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	path := "/accountability?" + url.Values{"partner": {c.Partner}}.Encode()
	var shown struct {
		response.Account
		Dealings []response.Dealing `json:"dealings"`
	}
	if err := hub.Get(env.Context, path, &shown.Account); err != nil {
		return err
	}
	if err := client.Collect(env.Context, hub, path, "dealings", &shown.Dealings); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(shown)
	}
	if a := shown.Account; !a.Own && len(shown.Dealings) == 0 && a.Commitments == (response.Kept{}) && a.Asks == (response.Asks{}) {
		_, err := fmt.Fprintf(env.Stdout, "%s\tnothing is old enough to be shown (24h): others see what a partner was asked and promised a day after each deadline\n", a.Partner)
		return err
	}
	t := env.table()
	printAccount(t, shown.Account)
	for _, d := range shown.Dealings {
		fmt.Fprintf(t, "%s%s\t%s\t%s\t%s\t%s\n", d.Action, d.Call, d.Outcome, moment(d.Deadline), d.Title, d.Said)
	}
	return t.Flush()
}

// moment is a time as tables have it; "-" for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

func printAccount(t *tabwriter.Writer, a response.Account) {
	k, asks := a.Commitments, a.Asks
	fmt.Fprintf(t, "%s\t%d in time\t%d late\t%d broken\t%d rolled back\t%d volunteered\tasked %d times, %d answered, %d not\t%s\n", a.Partner,
		k.InTime, k.Late, k.Broken, k.RolledBack, k.Volunteers, asks.Asked, asks.Answered, asks.Silent, answersAfter(a.FromAsk.Answer))
}

func answersAfter(s response.Span) string {
	if s.MedianS == nil {
		return "-"
	}
	return fmt.Sprintf("answers after %s (median of %d)", seconds(*s.MedianS), s.Count)
}

type accountPartnersCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *accountPartnersCommand) Run(env *environment) error {
	return printList(env, c.hubFlags, "/accountability/partners", "accounts", c.JSON, func(t *tabwriter.Writer, a response.Account) {
		printAccount(t, a)
	})
}

type accountSummaryCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *accountSummaryCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var sum response.AccountSummary
	if err := hub.Get(env.Context, "/accountability/summary", &sum); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(sum)
	}
	if sum.TooFew {
		_, err := fmt.Fprintf(env.Stdout, "fewer than %d organisations have anything to sum up\n", sum.Least)
		return err
	}
	t := env.table()
	fmt.Fprintf(t, "group\torganisations\t%s\n", strings.Join(sum.Columns, "\t"))
	for _, g := range append(sum.Sectors, sum.Countries...) {
		fmt.Fprintf(t, "%s\t%d", g.Name, g.Organisations)
		for _, n := range g.Counts {
			fmt.Fprintf(t, "\t%d", n)
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

type accountExplainCommand struct {
	hubFlags
	ID   string `arg:"" help:"The action or the call."`
	Text string `arg:"" help:"What others are to read beside it."`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (c *accountExplainCommand) Run(env *environment) error {
	in := response.Explanation{Text: c.Text}
	switch {
	case strings.HasPrefix(c.ID, "action--"):
		in.Action = response.ActionID(c.ID)
	case strings.HasPrefix(c.ID, "call--"):
		in.Call = response.CallID(c.ID)
	default:
		return usageError{errors.New("accountability explain: name an action (action--...) or a call (call--...)")}
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	if err := hub.Post(env.Context, "/accountability/explanations", in, &in); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(in)
	}
	_, err = fmt.Fprintf(env.Stdout, "%s\t%s\n", c.ID, in.Text)
	return err
}

type accountShareCommand struct {
	hubFlags
	With   []access.PartnerID `arg:"" optional:"" help:"Partner ids."`
	Nobody bool               `help:"Show it to nobody beside coordinators any more."`
	JSON   bool               `name:"json" help:"Print JSON."`
}

func (c *accountShareCommand) Run(env *environment) error {
	if c.Nobody && len(c.With) > 0 {
		return usageError{errors.New("accountability share: --nobody goes without partners")}
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	to := response.AccountSharing{With: append([]access.PartnerID{}, c.With...)}
	if c.Nobody || len(c.With) > 0 {
		err = hub.Replace(env.Context, "/accountability/sharing", to, &to)
	} else {
		err = hub.Get(env.Context, "/accountability/sharing", &to)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(to)
	}
	for _, id := range to.With {
		fmt.Fprintln(env.Stdout, id)
	}
	return nil
}
