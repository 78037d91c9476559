package main

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/response"
)

type callShowCommand struct {
	hubFlags
	ID    string   `arg:"" help:"The call."`
	Until pastTime `help:"Who had answered by this time: 2h (ago), 05:00 or 2026-11-24 05:00 (UTC), or RFC 3339; now without it."`
	JSON  bool     `name:"json" help:"Print JSON."`
}

func (c *callShowCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	path := "/calls/" + url.PathEscape(c.ID)
	answers := path + "/answers"
	if !c.Until.IsZero() {
		answers += "?" + url.Values{"until": {c.Until.Format(time.RFC3339Nano)}}.Encode()
	}
	var shown struct {
		Call    response.Call    `json:"call"`
		Muster  response.Muster  `json:"muster"`
		Answers []response.Reply `json:"answers"`
	}
	if err := hub.Get(env.Context, path, &shown.Call); err != nil {
		return err
	}
	if err := hub.Get(env.Context, answers, &shown.Muster); err != nil {
		return err
	}
	if err := client.Collect(env.Context, hub, answers, "answers", &shown.Answers); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(shown)
	}
	return showCall(env, shown.Call, shown.Muster, shown.Answers)
}

func showCall(env *environment, call response.Call, m response.Muster, answers []response.Reply) error {
	t := env.table()
	line := func(name, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	line("id", "%s, %s, tlp:%s", call.ID, openOrClosed(call), call.Audience.TLP)
	line("title", "%s", call.Title)
	line("by", "%s at %s", call.By, call.Opened.UTC().Format(time.RFC3339))
	if call.Reason != "" {
		line("closed", "%s: %s", call.Closed.UTC().Format(time.RFC3339), call.Reason)
	}
	if !call.Deadline.IsZero() {
		line("deadline", "%s", call.Deadline.UTC().Format(time.RFC3339))
	}
	line("until", "%s", m.Until.UTC().Format(time.RFC3339))
	for _, n := range []struct {
		name  string
		tally response.Tally
	}{{"called", m.Reached}, {"offers", m.Offers}, {"not called", m.Volunteers}, {"declined", m.Declined}, {"silent", m.Silent}} {
		line(n.name, "%d partners of %d organisations", n.tally.Partners, n.tally.Organisations)
	}
	kinds := make([]string, 0, len(m.Kinds))
	for _, k := range m.Kinds {
		kinds = append(kinds, fmt.Sprintf("%s %d", k.Kind, k.Organisations))
	}
	line("of kinds", "%s", strings.Join(kinds, ", "))
	if m.MedianS != nil {
		line("after", "%s in the middle, %s at the latest", seconds(*m.MedianS), seconds(*m.WorstS))
	}
	if len(call.Waiting) > 0 {
		line("waiting for", "%s", joined(call.Waiting))
	}
	for _, a := range answers {
		said := a.Offer
		if a.Declined {
			said = "declines " + said
		}
		if len(a.Skills) > 0 {
			said += " (" + strings.Join(a.Skills, ", ") + ")"
		}
		fmt.Fprintf(t, "%s\tafter %s\t%s\n", a.Partner, seconds(a.AfterS), said)
	}
	return t.Flush()
}
