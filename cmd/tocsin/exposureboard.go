package main

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"strconv"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/notice"
)

type exposureBoardCommand struct {
	hubFlags
	Vulnerability string `arg:"" help:"Such as CVE-2017-0144."`
	JSON          bool   `name:"json" help:"Print JSON."`
}

func (c *exposureBoardCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var b struct {
		exposure.Board
		Alerts []notice.AlertStatus `json:"alerts"`
	}
	if err := hub.Get(env.Context, vulnerabilityPath(c.Vulnerability), &b); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(b)
	}
	fmt.Fprint(env.Stdout, b.Vulnerability)
	if k := b.Known; k != nil {
		fmt.Fprintf(env.Stdout, "\tknown exploited, due %s: %s", cmp.Or(k.Due, "at no date"), k.Name)
	}
	fmt.Fprintln(env.Stdout)
	t := env.table()
	fmt.Fprintf(t, "\torganisations\t%s\n", exposureCountNames)
	if b.Own != nil {
		fmt.Fprintf(t, "yours\t\t%s\n", exposureCounts(*b.Own))
	}
	if b.Counts != nil {
		fmt.Fprintf(t, "all that report\t%d\t%s\n", b.Organisations, exposureCounts(*b.Counts))
		printExposureParts(t, b.BySector)
		printExposureParts(t, b.ByCountry)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if b.Counts == nil {
		fmt.Fprintf(env.Stdout, "fewer than %d organisations have reported: no sums are shown\n", b.FewerThan)
	} else {
		fmt.Fprintf(env.Stdout, "%d organisations say nothing of it\n", b.NotReporting)
	}
	for _, a := range b.Alerts {
		fmt.Fprintf(env.Stdout, "alert %s: %s\n", a.ID, acknowledgedAlert(a))
	}
	return nil
}

func acknowledgedAlert(a notice.AlertStatus) string {
	if a.Reached == nil || a.Acknowledged == nil {
		return "too few are behind the numbers to show them"
	}
	return fmt.Sprintf("reached %d, acknowledged by %d", *a.Reached, *a.Acknowledged)
}

func printExposureParts(w io.Writer, parts []exposure.Part) {
	for _, p := range parts {
		fmt.Fprintf(w, "%s\t%d\t%s\n", p.Name, p.Organisations, exposureCounts(p.Counts))
	}
}

type exposureRowsCommand struct {
	hubFlags
	Vulnerability string `arg:"" help:"Such as CVE-2017-0144."`
	Limit         int    `default:"1000" help:"At most so many."`
	JSON          bool   `name:"json" help:"Print JSON."`
}

func (c *exposureRowsCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var answer struct {
		Rows []exposure.Shown `json:"rows"`
		More string           `json:"more,omitempty"`
	}
	if err := hub.Get(env.Context, vulnerabilityPath(c.Vulnerability)+"/rows?limit="+strconv.Itoa(c.Limit), &answer); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	t := env.table()
	fmt.Fprintf(t, "partner\tproduct\t%s\n", exposureCountNames)
	for _, r := range answer.Rows {
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.Partner, cmp.Or(r.Product, "-"), exposureCounts(r.Counts))
	}
	return t.Flush()
}

type exposureListCommand struct {
	hubFlags
	Known bool   `help:"Only those known to be exploited."`
	Limit int    `default:"100" help:"At most so many."`
	After string `help:"The more of the page before."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

func (c *exposureListCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	query := url.Values{"limit": {strconv.Itoa(c.Limit)}, "known": {strconv.FormatBool(c.Known)}}
	if c.After != "" {
		query.Set("after", c.After)
	}
	var answer struct {
		Vulnerabilities []exposure.Summary `json:"vulnerabilities"`
		More            string             `json:"more,omitempty"`
	}
	if err := hub.Get(env.Context, "/exposure?"+query.Encode(), &answer); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	t := env.table()
	fmt.Fprintf(t, "vulnerability\texploited\torganisations\t%s\n", exposureCountNames)
	for _, v := range answer.Vulnerabilities {
		due := "-"
		if v.Known != nil {
			due = "due " + cmp.Or(v.Known.Due, "at no date")
		}
		switch {
		case v.Counts != nil:
			fmt.Fprintf(t, "%s\t%s\t%d\t%s\n", v.Vulnerability, due, v.Organisations, exposureCounts(*v.Counts))
		case v.Own != nil:
			fmt.Fprintf(t, "%s\t%s\tyours\t%s\n", v.Vulnerability, due, exposureCounts(*v.Own))
		default:
			fmt.Fprintf(t, "%s\t%s\tfewer than %d\n", v.Vulnerability, due, v.FewerThan)
		}
	}
	return t.Flush()
}

type exposureShareCommand struct {
	hubFlags
	With   []string `arg:"" optional:"" help:"Partner ids."`
	Nobody bool     `help:"Show your rows to nobody any more."`
	JSON   bool     `name:"json" help:"Print JSON."`
}

func (c *exposureShareCommand) Run(env *environment) error {
	if c.Nobody && len(c.With) > 0 {
		return usageError{fmt.Errorf("--nobody goes without partners")}
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	var shared exposure.Shared
	if c.Nobody || len(c.With) > 0 {
		to := exposure.Sharing{With: []access.PartnerID{}}
		for _, id := range c.With {
			to.With = append(to.With, access.PartnerID(id))
		}
		err = hub.Replace(env.Context, "/exposure/sharing", to, &shared)
	} else {
		err = hub.Get(env.Context, "/exposure/sharing", &shared)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(shared)
	}
	for _, id := range shared.With {
		fmt.Fprintf(env.Stdout, "shown to\t%s\n", id)
	}
	for _, id := range shared.From {
		fmt.Fprintf(env.Stdout, "shown by\t%s\n", id)
	}
	return nil
}
