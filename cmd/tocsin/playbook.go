package main

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/playbook"
)

type playbookCommand struct {
	List   playbookListCommand   `cmd:"" help:"The templates of actions that can be had as CACAO 2.0 playbooks."`
	Import playbookImportCommand `cmd:"" help:"Take a CACAO 2.0 playbook as a template (coordinator); nothing of it is ever run."`
	Export playbookExportCommand `cmd:"" help:"Write a template, or the board of an incident, as a CACAO 2.0 playbook."`
}

type playbookListCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *playbookListCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var answer struct {
		Playbooks []struct {
			ID       string `json:"id"`
			Template string `json:"template"`
			Name     string `json:"name"`
			Steps    int    `json:"steps"`
		} `json:"playbooks"`
	}
	if err := client.Collect(env.Context, hub, "/playbooks", "playbooks", &answer.Playbooks); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	t := env.table()
	for _, p := range answer.Playbooks {
		fmt.Fprintf(t, "%s\t%s\t%d steps\t%s\n", p.ID, p.Template, p.Steps, visible(p.Name))
	}
	return t.Flush()
}

type playbookImportCommand struct {
	hubFlags
	File    string `arg:"" help:"The playbook; '-' is standard input."`
	Replace bool   `help:"Take the place of the template whose id the playbook names."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

func (c *playbookImportCommand) Run(env *environment) error {
	text, err := env.readPlaybook(c.File)
	if err != nil {
		return err
	}
	if _, err := playbook.Read(text); err != nil { // before anything is sent
		return fmt.Errorf("%s: %w", c.File, err)
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	var taken playbook.Taken
	path := "/playbooks"
	if c.Replace {
		path += "?replace=true"
	}
	if err := hub.Post(env.Context, path, jsontext.Value(text), &taken); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(taken)
	}
	done := "made"
	if taken.Replaced {
		done = "replaced"
	}
	fmt.Fprintf(env.Stdout, "template %s: %s (%s)\n", taken.Template.ID, visible(taken.Template.Title), done)
	t := env.table()
	for _, s := range taken.Template.Steps {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", s.Key, s.Kind, strings.Join(s.AskedOf, ","), visible(s.Title))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, told := range taken.Commands {
		for _, command := range told.Commands {
			fmt.Fprintf(env.Stdout, "to read, never run here: %s: %s\n", told.Step, visible(command))
		}
	}
	for _, left := range taken.Left {
		fmt.Fprintf(env.Stdout, "not taken: %s\n", visible(left))
	}
	return nil
}

// readPlaybook reads a file that is no longer than a playbook may be, by one byte.
func (env *environment) readPlaybook(path string) ([]byte, error) {
	var in io.Reader = env.Stdin
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	return io.ReadAll(io.LimitReader(in, playbook.MaxBytes+1))
}

type playbookExportCommand struct {
	hubFlags
	ID string `arg:"" help:"A template's or a playbook's id, or an outbreak's for its board."`
}

func (c *playbookExportCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	path := "/playbooks/" + url.PathEscape(c.ID)
	if strings.HasPrefix(c.ID, "outbreak--") {
		path = "/outbreaks/" + url.PathEscape(c.ID) + "/playbook"
	}
	text, err := hub.Fetch(env.Context, path)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "%s\n", text)
	return err
}
