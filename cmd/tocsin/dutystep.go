package main

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/duty"
)

type dutyFormCommand struct {
	hubFlags
	ID     string `arg:"" help:"The incident report."`
	Stage  string `arg:"" help:"The key of a stage, such as early-warning."`
	Number int    `help:"Which submission, from 1; the latest, if it is not said."`
	HTML   bool   `name:"html" help:"Print a page."`
	JSON   bool   `name:"json" help:"Print JSON, which tocsin duty submit --file takes."`
}

func (c *dutyFormCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	path := formPath(c.ID, c.Stage) + fmt.Sprintf("?number=%d&format=", c.Number)
	if c.JSON {
		var f duty.Form
		if err := hub.Get(env.Context, path+"json", &f); err != nil {
			return err
		}
		return env.printJSON(f)
	}
	format := "text"
	if c.HTML {
		format = "html"
	}
	text, err := hub.Fetch(env.Context, path+format)
	if err != nil {
		return err
	}
	_, err = env.Stdout.Write(text)
	return err
}

func formPath(id, stage string) string {
	return "/duties/" + url.PathEscape(id) + "/stages/" + url.PathEscape(stage)
}

type dutySubmitCommand struct {
	hubFlags
	ID    string   `arg:"" help:"The incident report."`
	Stage string   `arg:"" help:"The key of a stage, such as early-warning."`
	File  string   `help:"The form as tocsin duty form --json printed it, with its texts edited; '-' is standard input. Without it the form is taken as the board fills it now, or as it was submitted last." placeholder:"FILE"`
	Field []string `help:"KEY=TEXT: this text in place of the form's, as often as needed." sep:"none" placeholder:"KEY=TEXT"`
	Yes   bool     `help:"Submit the form as it is; needed where neither --file nor --field is given."`
	JSON  bool     `name:"json" help:"Print JSON."`
}

func (c *dutySubmitCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var f duty.Form
	if c.File == "" {
		err = hub.Get(env.Context, formPath(c.ID, c.Stage), &f)
	} else {
		f, err = readForm(env, c.File)
	}
	if err != nil {
		return err
	}
	if c.File == "" && len(c.Field) == 0 && !c.Yes {
		return c.preview(env, f)
	}
	fields := f.Texts()
	for _, text := range c.Field {
		key, value, ok := strings.Cut(text, "=")
		if !ok {
			return usageError{fmt.Errorf("duty submit: --field %q: use KEY=TEXT", text)}
		}
		fields[key] = value
	}
	err = changeDuty(env, c.hubFlags, "/duties/submissions", duty.Submission{Duty: duty.ID(c.ID), Stage: c.Stage, Fields: fields}, c.JSON)
	if err == nil {
		fmt.Fprintf(env.Stderr, "It is recorded here and sent to nobody. To send it yourself: tocsin duty form %s %s\n", c.ID, c.Stage)
	}
	return err
}

// preview prints what would be submitted: nobody has read what the board filled in,
// and what is submitted stays.
func (c *dutySubmitCommand) preview(env *environment, f duty.Form) error {
	if c.JSON {
		if err := env.printJSON(f); err != nil {
			return err
		}
	} else if _, err := io.WriteString(env.Stdout, f.Text()); err != nil {
		return err
	}
	empty := ""
	if missing := f.Missing(); len(missing) > 0 {
		empty = "; required and empty: " + strings.Join(missing, ", ")
	}
	return fmt.Errorf("duty submit: nothing is submitted%s: read the form, then submit it as it is with --yes, or edited with --field or --file", empty)
}

// maxFormFile is more than any form that a hub takes.
const maxFormFile = 1 << 20

func readForm(env *environment, path string) (f duty.Form, err error) {
	in := env.Stdin
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return f, err
		}
		defer file.Close()
		in = file
	}
	if err := json.UnmarshalRead(io.LimitReader(in, maxFormFile), &f); err != nil {
		return f, fmt.Errorf("read form %s: %w", path, err)
	}
	return f, nil
}

type dutyWaiveCommand struct {
	hubFlags
	ID     string `arg:"" help:"The incident report."`
	Stage  string `arg:"" help:"The key of a stage."`
	Reason string `required:"" help:"Why it is not needed."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (c *dutyWaiveCommand) Run(env *environment) error {
	return changeDuty(env, c.hubFlags, "/duties/waivers", duty.Waiver{Duty: duty.ID(c.ID), Stage: c.Stage, Reason: c.Reason}, c.JSON)
}

type dutyHandledCommand struct {
	hubFlags
	ID   string   `arg:"" help:"The incident report."`
	At   pastTime `required:"" help:"When the incident was handled: 2h (ago), 05:00 or 2026-11-24 05:00 (UTC), or RFC 3339."`
	JSON bool     `name:"json" help:"Print JSON."`
}

func (c *dutyHandledCommand) Run(env *environment) error {
	return changeDuty(env, c.hubFlags, "/duties/handled", duty.Handled{Duty: duty.ID(c.ID), At: c.At.Time}, c.JSON)
}

type dutyShareCommand struct {
	hubFlags
	ID   string   `arg:"" help:"The incident report."`
	With []string `arg:"" optional:"" help:"Ids of partners; none: nobody."`
	JSON bool     `name:"json" help:"Print JSON."`
}

func (c *dutyShareCommand) Run(env *environment) error {
	with := make([]access.PartnerID, 0, len(c.With))
	for _, p := range c.With {
		with = append(with, access.PartnerID(p))
	}
	return changeDuty(env, c.hubFlags, "/duties/sharing", duty.Sharing{Duty: duty.ID(c.ID), With: with}, c.JSON)
}

type dutyCloseCommand struct {
	hubFlags
	ID     string `arg:"" help:"The incident report."`
	Reason string `required:"" help:"Why it is over."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (c *dutyCloseCommand) Run(env *environment) error {
	return changeDuty(env, c.hubFlags, "/duties/closures", duty.Closing{Duty: duty.ID(c.ID), Reason: c.Reason}, c.JSON)
}

func changeDuty(env *environment, flags hubFlags, path string, in any, asJSON bool) error {
	hub, err := flags.client()
	if err != nil {
		return err
	}
	var d duty.Duty
	if err := hub.Post(env.Context, path, in, &d); err != nil {
		return err
	}
	if asJSON {
		return env.printJSON(d)
	}
	return printDuty(env, d)
}
