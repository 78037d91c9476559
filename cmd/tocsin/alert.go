package main

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tocsin-project/tocsin/internal/notice"
)

type alertCommand struct {
	List     alertListCommand     `cmd:"" default:"withargs" help:"The alerts that you may see, the newest first."`
	Show     alertShowCommand     `cmd:"" help:"One alert; for a coordinator with who has acknowledged it, and who has not."`
	Issue    alertIssueCommand    `cmd:"" help:"Tell partners something that they have to acknowledge (coordinator)."`
	Ack      alertAckCommand      `cmd:"" help:"Acknowledge an alert: nobody of your partner is told again."`
	Withdraw alertWithdrawCommand `cmd:"" help:"Take an alert back that your partner issued (coordinator)."`
}

type alertListCommand struct {
	hubFlags
	Subject string `help:"Only those about this: a CVE, a value, the id of an outbreak."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

func (c *alertListCommand) Run(env *environment) error {
	return printList(env, c.hubFlags, "/alerts?"+url.Values{"subject": {c.Subject}}.Encode(), "alerts", c.JSON, func(t *tabwriter.Writer, a notice.AlertStatus) {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s %s\n", a.ID, a.At.UTC().Format(time.RFC3339), a.Severity, alertCounts(a), alertStands(a), notice.Label(a.Audience.TLP), a.Title)
	})
}

// alertCounts is how many have acknowledged an alert, as far as the reader is told.
func alertCounts(a notice.AlertStatus) string {
	switch {
	case a.Reached == nil:
		return "few reached"
	case a.Acknowledged == nil:
		return fmt.Sprintf("%d reached", *a.Reached)
	}
	return fmt.Sprintf("%d of %d acknowledged", *a.Acknowledged, *a.Reached)
}

// alertStands is how an alert stands for the reader's partner.
func alertStands(a notice.AlertStatus) string {
	switch {
	case a.ReplacedBy != "":
		return "corrected"
	case !a.Withdrawn.IsZero():
		return "withdrawn"
	case a.Your != nil:
		return "you acknowledged"
	case a.ForYou:
		return "waits for you"
	}
	return "-"
}

type alertShowCommand struct {
	hubFlags
	ID   string `arg:"" help:"The alert."`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (c *alertShowCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var a notice.AlertStatus
	if err := hub.Get(env.Context, "/alerts/"+url.PathEscape(c.ID), &a); err != nil {
		return err
	}
	return printAlert(env, a, c.JSON)
}

func printAlert(env *environment, a notice.AlertStatus, asJSON bool) error {
	if asJSON {
		return env.printJSON(a)
	}
	t := env.table()
	fmt.Fprintf(t, "%s\t%s\t%s\t%s\n%s %s\n", a.ID, a.Severity, alertCounts(a), alertStands(a), notice.Label(a.Audience.TLP), a.Title)
	fmt.Fprintf(t, "%s\n", a.Text)
	fmt.Fprintf(t, "by\t%s at %s\n", a.By, a.At.UTC().Format(time.RFC3339))
	within := cmp.Or(time.Duration(a.Within), notice.DefaultWithin)
	fmt.Fprintf(t, "acknowledge by\t%s\n", a.At.Add(within).UTC().Format(time.RFC3339))
	for _, line := range []struct{ name, text string }{
		{"about", strings.Join(a.Subjects, ", ")}, {"outbreak", a.Outbreak}, {"corrects", string(a.Replaces)}, {"corrected by", string(a.ReplacedBy)},
	} {
		if line.text != "" {
			fmt.Fprintf(t, "%s\t%s\n", line.name, line.text)
		}
	}
	if a.Reason != "" {
		fmt.Fprintf(t, "withdrawn\t%s\t%s\n", a.Withdrawn.UTC().Format(time.RFC3339), a.Reason)
	}
	for _, one := range a.Answers {
		fmt.Fprintf(t, "acknowledged\t%s\tafter %s\t%s\n", one.Partner, time.Duration(one.AfterS*float64(time.Second)).Round(time.Second), one.Words)
	}
	for _, p := range a.Waiting {
		fmt.Fprintf(t, "waiting\t%s\n", p)
	}
	return t.Flush()
}

type alertAckCommand struct {
	hubFlags
	ID    string `arg:"" help:"The alert."`
	Words string `help:"For who issued it: what you do about it."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

func (c *alertAckCommand) Run(env *environment) error {
	return changeAlert(env, c.hubFlags, "/alerts/acknowledgements", notice.Acknowledgement{Alert: notice.AlertID(c.ID), Words: c.Words}, c.JSON)
}

type alertWithdrawCommand struct {
	hubFlags
	ID     string `arg:"" help:"The alert."`
	Reason string `required:"" help:"Why; everybody whom it reached is told."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (c *alertWithdrawCommand) Run(env *environment) error {
	return changeAlert(env, c.hubFlags, "/alerts/withdrawals", notice.Withdrawal{Alert: notice.AlertID(c.ID), Reason: c.Reason}, c.JSON)
}

func changeAlert(env *environment, flags hubFlags, path string, in any, asJSON bool) error {
	hub, err := flags.client()
	if err != nil {
		return err
	}
	var a notice.AlertStatus
	if err := hub.Post(env.Context, path, in, &a); err != nil {
		return err
	}
	return printAlert(env, a, asJSON)
}
