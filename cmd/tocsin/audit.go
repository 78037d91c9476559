package main

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

type auditCommand struct {
	hubFlags
	After uint64   `help:"Only acts after this number."`
	Kind  []string `help:"Only these kinds, such as token.issued, or all of one area, such as token."`
	Limit int      `default:"100" help:"How many at most, up to 1000."`
	JSON  bool     `name:"json" help:"Print JSON."`
}

func (c *auditCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var page struct {
		Entries []access.Record `json:"entries"`
		Next    uint64          `json:"next"`
		More    bool            `json:"more"`
	}
	query := url.Values{"after": {strconv.FormatUint(c.After, 10)}, "limit": {strconv.Itoa(c.Limit)}, "kind": {strings.Join(c.Kind, ",")}}
	if err := hub.Get(env.Context, "/audit?"+query.Encode(), &page); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(page)
	}
	t := env.table()
	for _, r := range page.Entries {
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\n", r.Seq, r.Time.Format(time.RFC3339), r.Kind, r.Actor, r.By, about(r))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if page.More {
		fmt.Fprintf(env.Stderr, "There are more: --after %d\n", page.Next)
	}
	return nil
}

// about is what an act was about, on one line.
func about(r access.Record) string {
	if r.Erased {
		return "erased"
	}
	var all []string
	for name, value := range r.About {
		all = append(all, fmt.Sprintf("%s=%v", name, value))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}
