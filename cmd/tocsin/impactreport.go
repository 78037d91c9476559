package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"time"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/impact"
)

type impactReportCommand struct {
	hubFlags
	Outbreak    string `arg:"" help:"The outbreak's id."`
	Criticality string `required:"" help:"Of what is hit: life-critical, essential, important or other."`
	Country     string `help:"Where; your partner's country, if it is not said." placeholder:"CC"`

	InfectedHosts     *int64 `help:"Hosts that are infected." placeholder:"N"`
	InfectedSites     *int64 `help:"Sites that are infected." placeholder:"N"`
	InfectedServices  *int64 `help:"Services that are infected." placeholder:"N"`
	DisruptedHosts    *int64 `help:"Hosts that stand still and are not infected." placeholder:"N"`
	DisruptedSites    *int64 `help:"Sites that stand still and are not infected." placeholder:"N"`
	DisruptedServices *int64 `help:"Services that stand still and are not infected." placeholder:"N"`

	People     *int64     `help:"People affected, such as patients or appointments: an estimate." placeholder:"N"`
	Note       *string    `help:"What else those who you show it to should know." placeholder:"TEXT"`
	Restored   *bool      `help:"All of it works again; --no-restored takes that back." negatable:""`
	RestoredAt *time.Time `help:"Since when, RFC 3339."`
	Clear      bool       `help:"Drop your last report: what is not given is zero."`
	JSON       bool       `name:"json" help:"Print JSON."`
}

func (c *impactReportCommand) Run(env *environment) error {
	if !c.Clear && !c.says() {
		return usageError{errors.New("impact report: say how you are hit, such as --infected-hosts 35 (what you leave out stays as it was), or --restored; --clear drops your last report")}
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	before, err := c.last(env.Context, hub)
	if err != nil {
		return err
	}
	report := before
	if c.Clear {
		report = impact.Report{Country: before.Country}
	}
	report.Outbreak, report.Criticality = c.Outbreak, impact.Criticality(c.Criticality)
	c.onto(&report)
	var answer struct {
		Outbreak string         `json:"outbreak"`
		Own      []impact.Entry `json:"own"`
	}
	if err := hub.Post(env.Context, "/impact", report, &answer); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	if before.Outbreak != "" {
		printImpactChanges(env.Stdout, before, report)
	}
	t := env.table()
	entryLines(t, "own", answer.Own)
	return t.Flush()
}

// says tells whether anything of the report is given.
func (c *impactReportCommand) says() bool {
	var to impact.Report
	for _, n := range c.counts(&to) {
		if n.given != nil {
			return true
		}
	}
	return c.Note != nil || c.Restored != nil || c.RestoredAt != nil
}

// last is the partner's own report that the new one takes the place of. One without
// an outbreak, but with the country, says that there is none.
func (c *impactReportCommand) last(ctx context.Context, hub *client.Client) (impact.Report, error) {
	country := c.Country
	if country == "" {
		me, err := myself(ctx, hub)
		if err != nil {
			return impact.Report{}, err
		}
		country = me.Country
	}
	var b impact.Board
	if err := hub.Get(ctx, "/impact/"+url.PathEscape(c.Outbreak), &b); err != nil {
		return impact.Report{}, err
	}
	for _, e := range b.Own {
		if e.Country == country && string(e.Criticality) == c.Criticality {
			return e.Report, nil
		}
	}
	return impact.Report{Country: country}, nil
}

// onto writes what is given into a report.
func (c *impactReportCommand) onto(r *impact.Report) {
	for _, n := range c.counts(r) {
		if n.given != nil {
			*n.of = *n.given
		}
	}
	if c.Note != nil {
		r.Note = *c.Note
	}
	if c.Restored != nil {
		if r.Restored = *c.Restored; !r.Restored {
			r.RestoredAt = time.Time{}
		}
	}
	if c.RestoredAt != nil {
		r.Restored, r.RestoredAt = true, *c.RestoredAt
	}
}

// impactCount is a count of a report, and what is given for it.
type impactCount struct {
	name  string
	of    *int64
	given *int64
}

func (c *impactReportCommand) counts(r *impact.Report) []impactCount {
	return []impactCount{
		{"infected hosts", &r.Infected.Hosts, c.InfectedHosts},
		{"infected sites", &r.Infected.Sites, c.InfectedSites},
		{"infected services", &r.Infected.Services, c.InfectedServices},
		{"disrupted hosts", &r.Disrupted.Hosts, c.DisruptedHosts},
		{"disrupted sites", &r.Disrupted.Sites, c.DisruptedSites},
		{"disrupted services", &r.Disrupted.Services, c.DisruptedServices},
		{"people", &r.People, c.People},
	}
}

func printImpactChanges(w io.Writer, before, after impact.Report) {
	none := &impactReportCommand{}
	now := none.counts(&after)
	for i, n := range none.counts(&before) {
		changed(w, n.name, strconv.FormatInt(*n.of, 10), strconv.FormatInt(*now[i].of, 10))
	}
	changed(w, "note", strconv.Quote(before.Note), strconv.Quote(after.Note))
	changed(w, "restored", restoredText(before), restoredText(after))
}

// changed prints what something was and is, if that differs.
func changed(w io.Writer, name, before, after string) {
	if before != after {
		fmt.Fprintf(w, "%s: %s -> %s\n", name, before, after)
	}
}

func restoredText(r impact.Report) string {
	switch {
	case !r.Restored:
		return "no"
	case r.RestoredAt.IsZero():
		return "yes"
	}
	return "since " + moment(r.RestoredAt)
}
