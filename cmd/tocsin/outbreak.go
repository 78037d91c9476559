package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak"
)

type outbreakCommand struct {
	List outbreakListCommand `cmd:"" default:"withargs" help:"The alarms, in the order in which to look at them."`
	Show outbreakShowCommand `cmd:"" help:"One alarm: what it rests on, how fast it grows, how it ended."`
	Ring outbreakRingCommand `cmd:"" help:"Say that there is an outbreak: a designated partner and the administrator ring alone (coordinator)."`
	End  outbreakEndCommand  `cmd:"" help:"End an alarm, for good (coordinator)."`
}

type outbreakListCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *outbreakListCommand) Run(env *environment) error {
	return printList(env, c.hubFlags, "/outbreaks", "outbreaks", c.JSON, func(t *tabwriter.Writer, o outbreak.Outbreak) {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d partners\t%d hosts\t%s\n", o.ID, outcome(o), o.Severity, o.Raised.UTC().Format(time.RFC3339), len(o.Partners), o.Sources, o.Rule)
	})
}

// outcome is the status; an end that was none is one apart.
func outcome(o outbreak.Outbreak) string {
	if o.FalseAlarm {
		return "false alarm"
	}
	return string(o.Status)
}

type outbreakShowCommand struct {
	hubFlags
	ID   string `arg:"" help:"The outbreak's id."`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (c *outbreakShowCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var o outbreak.Outbreak
	if err := hub.Get(env.Context, outbreakPath(c.ID), &o); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(o)
	}
	return showOutbreak(env, o)
}

func showOutbreak(env *environment, o outbreak.Outbreak) error {
	t := env.table()
	line := func(name, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	line("id", "%s", o.ID)
	line("status", "%s, severity %s", outcome(o), o.Severity)
	line("rang", "%s: %s", o.Raised.UTC().Format(time.RFC3339), o.Rule)
	line("rests on", "%s; reports %s", joined(o.Kinds), cmp.Or(strings.Join(o.Evidence, ", "), "none"))
	if o.Port != 0 {
		line("port", "%d", o.Port)
	}
	for _, v := range o.Values {
		line("value", "%s", v.Text)
	}
	line("seen", "%s to %s", o.FirstSeen.UTC().Format(time.RFC3339), o.LastSeen.UTC().Format(time.RFC3339))
	line("reached", "%d hosts at %d partners; sectors %s; countries %s", o.Sources, len(o.Partners), strings.Join(o.Sectors, ", "), strings.Join(o.Countries, ", "))
	if len(o.Critical) > 0 {
		line("critical", "%s", strings.Join(o.Critical, ", "))
	}
	if g := o.Growth; g != nil {
		text := fmt.Sprintf("%.2f an hour (%.2f to %.2f)", g.Rate.Mid, g.Rate.Low, g.Rate.High)
		if d := g.Doubling; d != nil {
			text += fmt.Sprintf(", doubling in %s (%s to %s)", seconds(d.Mid), seconds(d.Low), seconds(d.High))
		}
		line("growth", "%s; as of %s", text, g.At.UTC().Format(time.RFC3339))
	}
	if r := o.Reach; r != nil {
		line("in an hour", "%.0f hosts (%.0f to %.0f) at %.0f partners (%.0f to %.0f) if nothing stops it", r.Hosts.Mid, r.Hosts.Low, r.Hosts.High, r.Partners.Mid, r.Partners.Low, r.Partners.High)
	}
	if o.Into != "" {
		line("goes on as", "%s", o.Into)
	}
	if !o.Ended.IsZero() {
		line("ended", "%s by %s: %s", o.Ended.UTC().Format(time.RFC3339), o.By, o.Because)
	}
	return t.Flush()
}

func joined[S ~string](list []S) string {
	words := make([]string, 0, len(list))
	for _, s := range list {
		words = append(words, string(s))
	}
	return strings.Join(words, ", ")
}

// seconds writes a span that the API gives in seconds.
func seconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(time.Second).String()
}

type outbreakRingCommand struct {
	hubFlags
	Port   uint16   `help:"The port that is being scanned."`
	Values []string `name:"value" help:"What infected hosts share: a domain, an address, a hash. As often as needed." placeholder:"VALUE"`
	Reason string   `required:"" help:"Why; the community sees it."`
	JSON   bool     `name:"json" help:"Print JSON."`
}

func (c *outbreakRingCommand) Run(env *environment) error {
	if c.Port == 0 && len(c.Values) == 0 {
		return usageError{errors.New("outbreak ring: nothing is named: say --port, --value or both")}
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	var answer struct {
		Warning   outbreak.Warning    `json:"warning"`
		Outbreaks []outbreak.Outbreak `json:"outbreaks"`
	}
	in := map[string]any{"port": c.Port, "values": c.Values, "reason": c.Reason}
	if err := hub.Post(env.Context, "/outbreaks", in, &answer); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	if len(answer.Outbreaks) == 0 {
		fmt.Fprintln(env.Stderr, "Heard, and nothing rings yet: the word of one is evidence like any other. It rings when other independent partners see the same, or when the hub's administrator or a designated partner says so.")
	} else {
		fmt.Fprintln(env.Stderr, `A mistake is undone with: tocsin outbreak end ID --false-alarm --reason WHY`)
	}
	t := env.table()
	fmt.Fprintf(t, "%s\theard\n", answer.Warning.ID)
	for _, o := range answer.Outbreaks {
		fmt.Fprintf(t, "%s\t%s\t%s\n", o.ID, outcome(o), o.Rule)
	}
	return t.Flush()
}

type outbreakEndCommand struct {
	hubFlags
	ID         string `arg:"" help:"The outbreak's id."`
	Reason     string `required:"" help:"Why; the community sees it."`
	FalseAlarm bool   `help:"There was no outbreak: what this one rested on does not ring again."`
	JSON       bool   `name:"json" help:"Print JSON."`
}

func (c *outbreakEndCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var o outbreak.Outbreak
	if err := hub.Post(env.Context, outbreakPath(c.ID)+"/end", map[string]any{"reason": c.Reason, "false_alarm": c.FalseAlarm}, &o); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(o)
	}
	fmt.Fprintln(env.Stderr, "An end is for good. If it was a mistake, ring again: tocsin outbreak ring; new evidence rings by itself. Protections stay as they are: tocsin protection recall VALUE takes one back.")
	_, err = fmt.Fprintf(env.Stdout, "%s: %s, %s\n", o.ID, outcome(o), o.Because)
	return err
}

func outbreakPath(id string) string { return "/outbreaks/" + url.PathEscape(id) }
