package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/notice"
)

type channelCommand struct {
	List     channelListCommand     `cmd:"" default:"withargs" help:"How your partner is told, and whether it works."`
	Add      channelAddCommand      `cmd:"" help:"Add a channel; a webhook's signing secret is printed, this once."`
	Test     channelTestCommand     `cmd:"" help:"Have a notice sent to a channel."`
	Remove   channelRemoveCommand   `cmd:"" help:"Remove a channel; what waits for it stays among the notices."`
	Escalate channelEscalateCommand `cmd:"" help:"Show or replace the steps by which your partner is told again."`
}

type channelListCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *channelListCommand) Run(env *environment) error {
	return printList(env, c.hubFlags, "/channels", "channels", c.JSON, func(t *tabwriter.Writer, one notice.ChannelStatus) {
		channelLine(t, one)
	})
}

func channelLine(t *tabwriter.Writer, c notice.ChannelStatus) {
	state := string(c.State)
	if c.Error != "" {
		state += ": " + c.Error
	}
	fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d waiting\t%d given up\t%s\n", c.ID, c.Kind, c.Target, c.Name, c.Waiting, c.GivenUp, state)
}

type channelAddCommand struct {
	hubFlags
	Kind       notice.ChannelKind `required:"" help:"mail, webhook, slack, matrix or file."`
	Target     string             `arg:"" help:"The mail address, the URL, the homeserver's base URL, or the word that names the directory."`
	Name       string             `help:"What you call it."`
	Room       string             `help:"The Matrix room's id, !..."`
	SecretFile string             `help:"A file with the access token of Matrix." placeholder:"FILE"`
	Topics     []notice.Topic     `name:"topic" help:"Only these: outbreak, alert, call, action, duty, protection, withdrawal, channel."`
	Least      notice.Severity    `name:"min-severity" help:"Only from here on: info, warning or critical."`
	Quiet      string             `help:"Leave it alone, as 22:00-07:00." placeholder:"FROM-UNTIL"`
	Zone       string             `default:"UTC" help:"The zone of --quiet, as Europe/London."`
	Break      notice.Severity    `help:"What is told in quiet hours all the same: critical, unless given."`
	Digest     time.Duration      `help:"Collect for so long and tell at once: 1h."`
	Standby    bool               `help:"Tell it only what is escalated to it."`
	JSON       bool               `name:"json" help:"Print JSON."`
}

func (c *channelAddCommand) Run(env *environment) error {
	in := notice.Channel{
		Kind: c.Kind, Target: c.Target, Name: c.Name, Room: c.Room, Topics: c.Topics, MinSeverity: c.Least, Digest: notice.Span(c.Digest), Standby: c.Standby,
	}
	if c.Quiet != "" {
		from, until, ok := strings.Cut(c.Quiet, "-")
		if !ok {
			return usageError{errors.New("channel add: --quiet: say from when until when, as 22:00-07:00")}
		}
		in.Quiet = &notice.Quiet{From: from, Until: until, Zone: c.Zone, Break: c.Break}
	}
	if c.SecretFile != "" {
		secret, err := client.ReadToken(c.SecretFile)
		if err != nil {
			return err
		}
		in.Secret = secret
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	var added notice.ChannelStatus
	if err := hub.Post(env.Context, "/channels", in, &added); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(added)
	}
	text := added.ID + "\n"
	if added.Secret != "" {
		text += "secret " + added.Secret + "\n"
	}
	_, err = fmt.Fprint(env.Stdout, text)
	return err
}

type channelTestCommand struct {
	hubFlags
	ID   string `arg:"" help:"The channel."`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (c *channelTestCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var status notice.ChannelStatus
	if err := hub.Post(env.Context, "/channels/"+url.PathEscape(c.ID)+"/test", struct{}{}, &status); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(status)
	}
	t := env.table()
	channelLine(t, status)
	return t.Flush()
}

type channelRemoveCommand struct {
	hubFlags
	ID string `arg:"" help:"The channel."`
}

func (c *channelRemoveCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	return hub.Delete(env.Context, "/channels/"+url.PathEscape(c.ID))
}

type channelEscalateCommand struct {
	hubFlags
	Steps []string `arg:"" optional:"" help:"Steps in their order, as 15m=CHANNEL or 30m=CHANNEL,CHANNEL; without any they are shown."`
	None  bool     `help:"End the escalation."`
	JSON  bool     `name:"json" help:"Print JSON."`
}

func (c *channelEscalateCommand) Run(env *environment) error {
	in := notice.Ladder{Steps: []notice.Rung{}}
	for _, step := range c.Steps {
		after, channels, ok := strings.Cut(step, "=")
		d, err := time.ParseDuration(after)
		if !ok || err != nil {
			return usageError{fmt.Errorf("channel escalate: %q: say after how long and to which channels, as 15m=CHANNEL,CHANNEL", step)}
		}
		in.Steps = append(in.Steps, notice.Rung{After: notice.Span(d), Channels: strings.Split(channels, ",")})
	}
	if c.None && len(c.Steps) > 0 {
		return usageError{errors.New("channel escalate: give steps, or --none")}
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	var ladder notice.Ladder
	if c.None || len(c.Steps) > 0 {
		err = hub.Replace(env.Context, "/escalation", in, &ladder)
	} else {
		err = hub.Get(env.Context, "/escalation", &ladder)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(ladder)
	}
	t := env.table()
	for _, step := range ladder.Steps {
		fmt.Fprintf(t, "after %s\t%s\n", step.After, strings.Join(step.Channels, " "))
	}
	return t.Flush()
}
