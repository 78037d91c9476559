package main

import (
	"fmt"
	"io"
	"net/url"

	"github.com/tocsin-project/tocsin/internal/impact"
)

type impactCommand struct {
	Report impactReportCommand `cmd:"" help:"Report how you are hit; what you leave out stays as in your last report of the same outbreak, country and criticality."`
	Show   impactShowCommand   `cmd:"" help:"Who is hit, health first: sums, and your own numbers."`
}

type impactShowCommand struct {
	hubFlags
	Outbreak string `arg:"" help:"The outbreak's id."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

func (c *impactShowCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var b impact.Board
	if err := hub.Get(env.Context, "/impact/"+url.PathEscape(c.Outbreak), &b); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(b)
	}
	if b.TooFew {
		fmt.Fprintf(env.Stdout, "Fewer than %d organisations have reported: no sums are shown.\n", b.SmallestGroup)
	}
	t := env.table()
	fmt.Fprint(t, "\t\torganisations\tinfected: organisations, hosts, sites, services\tdisrupted, not infected: organisations, hosts, sites, services\tpeople\trestored\n")
	if b.Total != nil {
		totalsLine(t, "all", "", *b.Total)
	}
	for _, way := range []struct {
		name   string
		groups []impact.Group
	}{{"sector", b.Sectors}, {"country", b.Countries}, {"criticality", b.Criticalities}} {
		for _, g := range way.groups {
			totalsLine(t, way.name, g.Name, g.Totals)
		}
	}
	entryLines(t, "own", b.Own)
	entryLines(t, "shown by", b.Shown)
	return t.Flush()
}

func totalsLine(w io.Writer, way, name string, g impact.Totals) {
	fmt.Fprintf(w, "%s\t%s\t%d\t%d, %s\t%d, %s\t%d\t%d\n", way, name, g.Organisations, g.InfectedOrganisations, countsText(g.Infected),
		g.DisruptedOrganisations, countsText(g.Disrupted), g.People, g.RestoredOrganisations)
}

func entryLines(w io.Writer, how string, list []impact.Entry) {
	for _, e := range list {
		restored := "not restored"
		if e.Restored {
			restored = "restored"
		}
		fmt.Fprintf(w, "%s\t%s\t%s, %s\tinfected %s\tdisrupted %s\t%d\t%s\n", how, e.Partner, e.Country, e.Criticality, countsText(e.Infected), countsText(e.Disrupted), e.People, restored)
	}
}

func countsText(c impact.Counts) string {
	return fmt.Sprintf("%d, %d, %d", c.Hosts, c.Sites, c.Services)
}
