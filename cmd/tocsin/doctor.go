package main

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/doctor"
)

// doctorCommand takes what serve takes: it is about the hub that these would start.
type doctorCommand struct {
	serveCommand

	JSON bool `name:"json" help:"Print JSON."`
}

func (c *doctorCommand) Run(env *environment) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	cfg.Logger = env.logger()
	findings := doctor.Examine(env.Context, cfg, doctor.Surroundings{})
	if c.JSON {
		err = env.printJSON(map[string]any{"findings": findings})
	} else {
		lines := env.table()
		for _, f := range findings {
			text := f.Found
			if f.Do != "" {
				text += "; " + f.Do
			}
			fmt.Fprintf(lines, "%s\t%s\t%s\n", f.Verdict, f.Of, text)
		}
		err = lines.Flush()
	}
	wrong := 0
	for _, f := range findings {
		if f.Verdict == doctor.Wrong {
			wrong++
		}
	}
	if err == nil && wrong > 0 {
		err = fmt.Errorf("%d of %d things are wrong", wrong, len(findings))
	}
	return err
}
