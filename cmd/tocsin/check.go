package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

type checkCommand struct {
	Data string `help:"The hub's data directory." default:"tocsin-data" placeholder:"DIR" env:"TOCSIN_DATA"`
	JSON bool   `name:"json" help:"Print the report as JSON."`
}

var errDamaged = errors.New("the ledger is damaged: restore the named entries from a backup; what is listed as sound can be trusted")

func (c *checkCommand) Run(env *environment) error {
	report, err := sqlite.Check(env.Context, filepath.Join(c.Data, hub.LedgerFile))
	if err != nil {
		return err
	}
	if c.JSON {
		if err := env.printJSON(report); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(env.Stdout, "%d entries are sound, the head is %d (%s)\n", report.Entries, report.Head.Seq, report.Head.Hash)
		for _, d := range report.Damage {
			fmt.Fprintf(env.Stdout, "damaged: entry %d: %s\n", d.Seq, d.Reason)
		}
		if len(report.Damage) > 0 {
			for _, s := range report.Sound {
				fmt.Fprintf(env.Stdout, "sound: entries %d to %d\n", s.First, s.Last)
			}
		}
	}
	if len(report.Damage) > 0 {
		return errDamaged
	}
	return nil
}
