package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"

	"github.com/tocsin-project/tocsin/internal/response"
)

type skillCommand struct {
	Set  skillSetCommand  `cmd:"" help:"Declare what your partner can do, in place of what it declared before."`
	List skillListCommand `cmd:"" help:"Which partner can do what."`
}

type skillSetCommand struct {
	hubFlags
	Skills []string `arg:"" optional:"" help:"Words such as malware-analysis, reverse-engineering, dns-sinkholing, network-telemetry, takedown, forensics, patching, legal, translation."`
	None   bool     `help:"Declare that it can do none."`
	JSON   bool     `name:"json" help:"Print JSON."`
}

func (c *skillSetCommand) Run(env *environment) error {
	if c.None == (len(c.Skills) > 0) {
		return usageError{errors.New("skill set: name what your partner can do, all of it, or take everything back with --none")}
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	in := response.Skills{Skills: append([]string{}, c.Skills...)}
	if err := hub.Replace(env.Context, "/skills", in, &in); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(in)
	}
	_, err = fmt.Fprintln(env.Stdout, strings.Join(in.Skills, ", "))
	return err
}

type skillListCommand struct {
	hubFlags
	Skills []string `arg:"" optional:"" help:"Only partners that have all of these."`
	JSON   bool     `name:"json" help:"Print JSON."`
}

func (c *skillListCommand) Run(env *environment) error {
	path := "/skills"
	if len(c.Skills) > 0 {
		path += "?" + url.Values{"skill": {strings.Join(c.Skills, ",")}}.Encode()
	}
	return printList(env, c.hubFlags, path, "skilled", c.JSON, func(t *tabwriter.Writer, s response.Skilled) {
		fmt.Fprintf(t, "%s\t%s\n", s.Partner, strings.Join(s.Skills, ", "))
	})
}
