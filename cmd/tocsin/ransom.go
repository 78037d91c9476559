package main

import (
	"fmt"
	"net/url"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/impact"
)

type ransomCommand struct {
	Report ransomReportCommand `cmd:"" help:"Report what is demanded, or was paid, at an address; it replaces your last report of the same."`
	List   ransomListCommand   `cmd:"" help:"What reporters say of each address; never summed up over reporters."`
}

type ransomReportCommand struct {
	hubFlags
	Address  string   `arg:"" help:"The address that ransom is to be paid to."`
	Asset    string   `help:"bitcoin, if it is not said; the addresses of others are not checked."`
	What     string   `required:"" enum:"demanded,paid" help:"demanded (as the note says) or paid (as you saw it come in)."`
	Amount   string   `required:"" help:"Such as 300 or 0.1781."`
	Currency string   `required:"" help:"Such as USD or BTC."`
	Payments int64    `help:"In how many payments it was paid."`
	AsOf     pastTime `help:"Until when payments were counted: 2h (ago), 05:00 or 2026-11-24 05:00 (UTC), or RFC 3339."`
	Outbreak string   `help:"The outbreak's id."`
	Note     string   `help:"What else there is to say."`
	TLP      string   `name:"tlp" help:"Who is told: clear, green, amber, amber+strict or red; green, if it is not said."`
	To       []string `help:"With --tlp red, the partners that are told." placeholder:"PARTNER"`
	JSON     bool     `name:"json" help:"Print JSON."`
}

func (c *ransomReportCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	in := struct {
		impact.Ransom
		Audience access.Audience `json:"audience,omitzero"`
	}{Ransom: impact.Ransom{
		Outbreak: c.Outbreak, Asset: c.Asset, Address: c.Address, What: impact.What(c.What), Amount: c.Amount, Currency: c.Currency,
		Payments: c.Payments, AsOf: c.AsOf.Time, Note: c.Note,
	}}
	if c.TLP != "" {
		in.Audience.TLP = access.TLP(c.TLP)
	}
	for _, p := range c.To {
		in.Audience.Recipients = append(in.Audience.Recipients, access.PartnerID(p))
	}
	var r impact.Ransom
	if err := hub.Post(env.Context, "/ransom", in, &r); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(r)
	}
	_, err = fmt.Fprintf(env.Stdout, "%s %s: %s %s %s\n", r.Asset, r.Address, r.What, r.Amount, r.Currency)
	return err
}

type ransomListCommand struct {
	hubFlags
	Outbreak string `help:"Only of this outbreak."`
	Limit    int    `help:"At most so many addresses." default:"1000"`
	JSON     bool   `name:"json" help:"Print JSON."`
}

func (c *ransomListCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var answer struct {
		Addresses []impact.Wallet `json:"addresses"`
		More      string          `json:"more,omitempty"`
	}
	query := url.Values{"limit": {fmt.Sprint(c.Limit)}}
	if c.Outbreak != "" {
		query.Set("outbreak", c.Outbreak)
	}
	if err := hub.Get(env.Context, "/ransom?"+query.Encode(), &answer); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	t := env.table()
	for _, w := range answer.Addresses {
		for _, r := range w.Ranges {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s to %s %s\tnewest %s by %s, %s\n", w.Asset, w.Address, r.What, r.Lowest, r.Highest, r.Currency,
				r.Newest.Amount, r.Newest.Partner, r.Newest.At.UTC().Format(time.RFC3339))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if answer.More != "" {
		fmt.Fprintln(env.Stderr, "There are more addresses: raise --limit, or narrow by --outbreak.")
	}
	return nil
}
