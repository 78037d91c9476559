package main

import (
	"cmp"
	"fmt"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/tocsin-project/tocsin/internal/notice"
)

type noticeCommand struct {
	List   noticeListCommand   `cmd:"" default:"withargs" help:"What your partner was told, the newest first."`
	Ack    noticeAckCommand    `cmd:"" help:"Acknowledge notices: nobody of your partner is told again."`
	Bundle noticeBundleCommand `cmd:"" help:"Fetch what your partner may be told as one signed file, to be carried."`
	Read   noticeReadCommand   `cmd:"" help:"Check and show such a file, without a network."`
	Key    noticeKeyCommand    `cmd:"" help:"The key that the hub signs such files with."`
}

type noticeListCommand struct {
	hubFlags
	Unacknowledged bool `help:"Only those that need an acknowledgement and have none."`
	JSON           bool `name:"json" help:"Print JSON."`
}

func (c *noticeListCommand) Run(env *environment) error {
	query := url.Values{"unacknowledged": {fmt.Sprint(c.Unacknowledged)}, "limit": {"1000"}}
	return printList(env, c.hubFlags, "/notices?"+query.Encode(), "notices", c.JSON, func(t *tabwriter.Writer, n notice.Notice) {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", n.ID, n.At.UTC().Format(time.RFC3339), n.Severity, n.Topic, noticeStands(n), cmp.Or(n.Subject, "-"), n.Title)
	})
}

func noticeStands(n notice.Notice) string {
	switch {
	case n.Withdrawn:
		return "withdrawn"
	case !n.Acknowledged.IsZero():
		return "acknowledged"
	case n.NeedsAck:
		return "to acknowledge"
	}
	return "-"
}

type noticeAckCommand struct {
	hubFlags
	IDs   []string `arg:"" name:"id" help:"The notices."`
	Words string   `help:"For who issued an alert among them."`
}

func (c *noticeAckCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	if err := hub.Post(env.Context, "/notices/acknowledgements", notice.Reading{Notices: c.IDs, Words: c.Words}, nil); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "%d acknowledged\n", len(c.IDs))
	return err
}
