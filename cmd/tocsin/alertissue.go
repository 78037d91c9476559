package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/notice"
)

type alertIssueCommand struct {
	hubFlags
	Title      string             `arg:"" help:"What it is, in a few words."`
	Text       string             `required:"" help:"What is known, and what is to be done."`
	Severity   notice.Severity    `default:"" enum:"info,warning,critical," help:"info, warning (without) or critical, which breaks through quiet hours."`
	Subjects   []string           `name:"subject" help:"What it is about: CVEs, values."`
	Outbreak   string             `help:"Id of the outbreak that it is about." placeholder:"ID"`
	Sectors    []string           `name:"sector" help:"For partners of any of these sectors."`
	Countries  []string           `name:"country" help:"And of any of these countries."`
	Kinds      []string           `name:"kind" help:"And of any of these kinds, such as operator."`
	Partners   []access.PartnerID `name:"partner" help:"And these, by id or exact name; alone, only these." placeholder:"PARTNER"`
	Within     time.Duration      `help:"How long partners have to acknowledge it: 30m, 1h."`
	Replaces   notice.AlertID     `help:"The alert that this one corrects: what is not given is as there." placeholder:"ID"`
	TLP        access.TLP         `help:"Who may see it: green (without), clear, amber, amber+strict or red, which is the partners that are named."`
	Recipients []access.PartnerID `name:"recipient" help:"With red: who may see it." placeholder:"PARTNER"`
	JSON       bool               `name:"json" help:"Print JSON."`
}

// newAlert is an alert with who may see it.
type newAlert struct {
	notice.Alert
	Audience access.Audience `json:"audience,omitzero"`
}

func (c *alertIssueCommand) Run(env *environment) error {
	if c.TLP == "" && len(c.Recipients) > 0 {
		return usageError{errors.New("alert issue: --recipient is for --tlp red; --partner says whom it is for")}
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	in, err := c.alert(env, hub)
	if err != nil {
		return err
	}
	if c.Replaces != "" {
		var old notice.AlertStatus
		if err := hub.Get(env.Context, "/alerts/"+url.PathEscape(string(c.Replaces)), &old); err != nil {
			return fmt.Errorf("--replaces: %w", err)
		}
		in = in.correcting(old)
	}
	in.Severity = cmp.Or(in.Severity, notice.Warning)
	return changeAlert(env, c.hubFlags, "/alerts", in, c.JSON)
}

// alert is what the flags say.
func (c *alertIssueCommand) alert(env *environment, hub *client.Client) (newAlert, error) {
	partners, err := partnersNamed(env.Context, hub, c.Partners...)
	if err != nil {
		return newAlert{}, fmt.Errorf("--partner: %w", err)
	}
	in := newAlert{Alert: notice.Alert{
		Title: c.Title, Text: c.Text, Severity: c.Severity, Subjects: c.Subjects, Outbreak: c.Outbreak, Within: notice.Span(c.Within), Replaces: c.Replaces,
		To: notice.To{Sectors: c.Sectors, Countries: c.Countries, Kinds: c.Kinds, Partners: partners},
	}}
	if c.TLP != "" {
		in.Audience = access.ToCommunity(c.TLP)
		if in.Audience.Recipients, err = partnersNamed(env.Context, hub, c.Recipients...); err != nil {
			return newAlert{}, fmt.Errorf("--recipient: %w", err)
		}
	}
	return in, nil
}

// correcting is the alert with what it does not say taken from the one it corrects:
// whom it is for as a whole, and who may see it, so that only a level that is given
// makes it known more widely; the community stays even then.
func (a newAlert) correcting(old notice.AlertStatus) newAlert {
	a.Severity = cmp.Or(a.Severity, old.Severity)
	a.Outbreak = cmp.Or(a.Outbreak, old.Outbreak)
	a.Within = cmp.Or(a.Within, old.Within)
	if len(a.Subjects) == 0 {
		a.Subjects = old.Subjects
	}
	if len(a.To.Sectors)+len(a.To.Countries)+len(a.To.Kinds)+len(a.To.Partners) == 0 {
		a.To = old.To
	}
	if a.Audience.TLP == "" {
		a.Audience = old.Audience
	} else {
		a.Audience.Community = cmp.Or(old.Audience.Community, a.Audience.Community)
	}
	return a
}
