package main

import (
	"fmt"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/protect"
)

type protectionListCommand struct {
	hubFlags
	State    string `help:"Only proposed, canary, active, revoked or expired ones." placeholder:"STATE"`
	Value    string `help:"Only those of this value." placeholder:"VALUE"`
	Receipts bool   `help:"With each, who has it in force, since when, who lags and why."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

type listedProtection struct {
	protect.Protection
	Coverage *protect.Coverage `json:"coverage,omitempty"`
	// Receipts are those of the coverage, where scripts look for them.
	Receipts []protect.PartnerReceipt `json:"receipts,omitempty"`
}

func (c *protectionListCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	query := url.Values{}
	for name, value := range map[string]string{"state": c.State, "value": c.Value} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if c.Receipts {
		query.Set("receipts", "true")
	}
	all := []listedProtection{}
	t := env.table()
	err = eachPage(env, hub, query, func(page []listedProtection) error {
		if c.JSON {
			for _, p := range page {
				if p.Coverage != nil {
					p.Receipts = p.Coverage.Receipts
				}
				all = append(all, p)
			}
			return nil
		}
		for _, p := range page {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", p.Polarity, p.Status, p.Text, p.Expires.UTC().Format(time.RFC3339), p.Rule)
			if p.Coverage != nil {
				printCoverage(t, *p.Coverage)
			}
		}
		return t.Flush()
	})
	if err != nil || !c.JSON {
		return err
	}
	return env.printJSON(struct {
		Protections []listedProtection `json:"protections"`
	}{all})
}

// eachPage reads the hub's protections page by page.
func eachPage(env *environment, hub *client.Client, query url.Values, do func([]listedProtection) error) error {
	for {
		var page struct {
			Protections []listedProtection `json:"protections"`
			More        string             `json:"more"`
		}
		if err := hub.Get(env.Context, "/protections?"+query.Encode(), &page); err != nil {
			return err
		}
		if err := do(page.Protections); err != nil || page.More == "" {
			return err
		}
		query.Set("after", page.More)
	}
}

// printCoverage adds to a table where a protection is in force.
func printCoverage(t *tabwriter.Writer, c protect.Coverage) {
	since := ""
	if !c.Since.IsZero() {
		since = "since " + c.Since.UTC().Format(time.RFC3339Nano)
	}
	fmt.Fprintf(t, "\tin force at %s\tgone at %s\tlagging %s\t%s\n", outletCount(c.InForce), outletCount(c.Gone), outletCount(c.Lagging), since)
	for _, r := range c.Receipts {
		state, since := "gone", r.At
		if r.InForce {
			state, since = "in force", r.Since
		}
		if r.Ignored {
			state += ", not counted"
		}
		fmt.Fprintf(t, "\t%s\t%s\t%s\t%s\t%s\n", state, r.Partner, r.Outlet, since.UTC().Format(time.RFC3339Nano), r.Problem)
	}
	for _, s := range c.Stragglers {
		fmt.Fprintf(t, "\tlags\t%s\t%s\t%s\n", s.Partner, s.Outlet, s.Why+lastHeard(s))
	}
}

// outletCount is a count of outlets in words.
func outletCount(c protect.Count) string {
	switch {
	case c.FewerThan > 0:
		return fmt.Sprintf("fewer than %d partners", c.FewerThan)
	case c.N == 1:
		return "1 outlet"
	}
	return fmt.Sprintf("%d outlets", c.N)
}

func lastHeard(s protect.Straggler) string {
	if s.Heard.IsZero() {
		return ""
	}
	return "; last heard of " + s.Heard.UTC().Format(time.RFC3339)
}

// marked is a protection's marking in words.
func marked(p protect.Protection) access.TLP {
	if p.TLP == "" {
		return access.Green
	}
	return p.TLP
}
