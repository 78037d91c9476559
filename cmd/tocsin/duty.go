package main

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/duty"
)

type dutyCommand struct {
	List      dutyListCommand      `cmd:"" help:"Your incident reports and those you are shown, what is due first first."`
	Templates dutyTemplatesCommand `cmd:"" help:"The incident reports that can be opened: stages and deadlines."`
	Open      dutyOpenCommand      `cmd:"" help:"Open an incident report for an outbreak: its deadlines are watched from then on."`
	Form      dutyFormCommand      `cmd:"" help:"Print a stage's form, filled from the board, or as it was submitted."`
	Submit    dutySubmitCommand    `cmd:"" help:"Submit a stage, or a correction. The text is kept here; send it to the authority yourself."`
	Waive     dutyWaiveCommand     `cmd:"" help:"Mark a stage as not needed, with a reason."`
	Handled   dutyHandledCommand   `cmd:"" help:"Say when the incident was handled: a final report that was put off counts from then."`
	Share     dutyShareCommand     `cmd:"" help:"Say whom an incident report is shown to, in place of those before."`
	Close     dutyCloseCommand     `cmd:"" help:"Close an incident report: nothing more is watched or submitted."`
}

type dutyListCommand struct {
	hubFlags
	Outbreak string `help:"Only of this outbreak."`
	All      bool   `help:"Those that are closed, too."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

func (c *dutyListCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var answer struct {
		Duties []duty.Duty `json:"duties"`
		More   string      `json:"more,omitempty"`
	}
	query := url.Values{"limit": {"1000"}, "open": {fmt.Sprint(!c.All)}}
	if c.Outbreak != "" {
		query.Set("outbreak", c.Outbreak)
	}
	if err := hub.Get(env.Context, "/duties?"+query.Encode(), &answer); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	slices.SortStableFunc(answer.Duties, func(a, b duty.Duty) int {
		return cmp.Or(nothingDue(a)-nothingDue(b), a.NextDeadline.Compare(b.NextDeadline))
	})
	t := env.table()
	for _, d := range answer.Duties {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", d.ID, d.Name, d.Outbreak, nextWords(d))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if answer.More != "" {
		fmt.Fprintln(env.Stderr, "There are more than 1000: narrow by --outbreak.")
	}
	return nil
}

// nothingDue is 1 for what is to be looked at last.
func nothingDue(d duty.Duty) int {
	if d.Next == "" {
		return 1
	}
	return 0
}

func nextWords(d duty.Duty) string {
	switch {
	case !d.Closed.IsZero():
		return "closed: " + d.Because
	case d.Next == "":
		return "nothing is due"
	}
	for _, s := range d.Stages {
		if s.Key == d.Next && s.Status == duty.Overdue {
			return fmt.Sprintf("%s is LATE: it was due %s", d.Next, d.NextDeadline.UTC().Format(time.RFC3339))
		}
	}
	return fmt.Sprintf("%s is due %s", d.Next, d.NextDeadline.UTC().Format(time.RFC3339))
}

type dutyTemplatesCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *dutyTemplatesCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var answer struct {
		Templates []duty.Template `json:"templates"`
	}
	if err := hub.Get(env.Context, "/duties/templates?limit=1000", &answer); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	t := env.table()
	for _, one := range answer.Templates {
		fmt.Fprintf(t, "%s\t%s\t%s\n", one.ID, one.Name, one.Law)
		for _, s := range one.Stages {
			when := "on request"
			switch {
			case s.Defers != "":
				when = "in place of " + s.Defers + " while the incident lasts"
			case s.After != "":
				when = s.Within.String() + " after " + s.After
			}
			fmt.Fprintf(t, "\t%s: %s\t%s\t%s\n", s.Key, s.Name, when, s.Law)
		}
	}
	return t.Flush()
}

type dutyOpenCommand struct {
	hubFlags
	Template  string   `arg:"" help:"Such as nis2; see tocsin duty templates."`
	Outbreak  string   `arg:"" help:"The outbreak's id."`
	Aware     pastTime `required:"" help:"When you became aware of the incident, 2h (ago), 05:00 or 2026-11-24 05:00 (UTC), or RFC 3339: deadlines count from it."`
	Authority string   `help:"To whom you report, where that is not who the template names."`
	JSON      bool     `name:"json" help:"Print JSON."`
}

func (c *dutyOpenCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var answer struct {
		duty.Duty
		Warnings []string `json:"warnings"`
	}
	if err := hub.Post(env.Context, "/duties", duty.Request{Template: c.Template, Outbreak: c.Outbreak, Aware: c.Aware.Time, Authority: c.Authority}, &answer); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	for _, w := range answer.Warnings {
		fmt.Fprintln(env.Stderr, "Warning:", w)
	}
	return printDuty(env, answer.Duty)
}

// printDuty prints a duty with its stages.
func printDuty(env *environment, d duty.Duty) error {
	t := env.table()
	fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", d.ID, d.Name, d.Outbreak, nextWords(d))
	for _, s := range d.Stages {
		words := []string{}
		if !s.Deadline.IsZero() {
			words = append(words, "deadline "+s.Deadline.UTC().Format(time.RFC3339))
		}
		if !s.Submitted.IsZero() {
			words = append(words, "submitted "+s.Submitted.UTC().Format(time.RFC3339))
		}
		if s.Late {
			words = append(words, "late")
		}
		if s.Because != "" {
			words = append(words, s.Because)
		}
		fmt.Fprintf(t, "\t%s\t%s\t%s\n", s.Key, s.Status, strings.Join(words, "; "))
	}
	return t.Flush()
}
