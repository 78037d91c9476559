package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/protect"
)

type partnerQuarantineCommand struct {
	hubFlags
	ID     string `arg:"" help:"The partner's id."`
	Since  string `help:"From when on its word does not count: RFC 3339, or a duration back from now such as 6h." placeholder:"TIME"`
	Lift   bool   `help:"Its word counts again from now on; what was taken back stays so."`
	Reason string `required:"" help:"Why, for the ledger; the partner is not told."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (c *partnerQuarantineCommand) Run(env *environment) error {
	if c.Lift == (c.Since != "") {
		return usageError{errors.New("partner quarantine: say --since TIME, or --lift")}
	}
	in := struct {
		Since  time.Time `json:"since,omitzero"`
		Lift   bool      `json:"lift,omitzero"`
		Reason string    `json:"reason"`
	}{Lift: c.Lift, Reason: c.Reason}
	if c.Since != "" {
		since, err := timeOrAgo(c.Since, time.Now())
		if err != nil {
			return usageError{fmt.Errorf("partner quarantine: --since %q: %w", c.Since, err)}
		}
		in.Since = since
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	var now struct {
		Quarantines []protect.InQuarantine `json:"quarantines"`
		Doubtful    []protect.Doubt        `json:"doubtful"`
	}
	if err := hub.Post(env.Context, "/partners/"+url.PathEscape(c.ID)+"/quarantine", in, &now); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(now)
	}
	if c.Lift {
		_, err := fmt.Fprintln(env.Stdout, c.ID+": its word counts again from now on; what was taken back stays so, and what it said meanwhile does not count")
		return err
	}
	t := env.table()
	printQuarantines(t, now.Quarantines, now.Doubtful)
	if err := t.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "To undo it: tocsin partner quarantine %s --lift --reason TEXT\n", c.ID)
	return err
}

// timeOrAgo reads a time, or how long ago it was.
func timeOrAgo(text string, now time.Time) (time.Time, error) {
	if ago, err := time.ParseDuration(text); err == nil {
		return now.Add(-ago), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, errors.New("use a time such as 2017-05-12T07:24:00Z, or a duration such as 6h")
	}
	return at, nil
}

// printQuarantines adds to a table whose word does not count, and what people
// have to look at because of it.
func printQuarantines(t io.Writer, list []protect.InQuarantine, doubtful []protect.Doubt) {
	for _, q := range list {
		fmt.Fprintf(t, "quarantine\t%s\tits word since %s does not count\t%d protections taken back\t%s\n", q.Partner, q.Since.UTC().Format(time.RFC3339), q.Recalled, q.Reason)
		if len(q.Lifted) > 0 {
			fmt.Fprintf(t, "LOOK\t%s\trecalled since then by it, and not brought back: %s\n", q.Partner, strings.Join(q.Lifted, ", "))
		}
	}
	for _, d := range doubtful {
		fmt.Fprintf(t, "LOOK\t%s\tmust resolve, and stays: recall it if it is no kill switch, else ask for it in your own name\t%s\n", d.Text, d.Why)
	}
}
