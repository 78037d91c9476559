package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/translog"
)

type checkCommand struct {
	Data string `help:"The hub's data directory." default:"tocsin-data" placeholder:"DIR" env:"TOCSIN_DATA"`
	JSON bool   `name:"json" help:"Print the report as JSON."`
}

// Where a hub keeps its public log and the keys of it, in its data directory.
const (
	publicLog     = "log"
	publicLogKeys = "log.key"
)

var (
	errDamaged    = errors.New("the ledger is damaged: restore the named entries from a backup; what is listed as sound can be trusted")
	errLogDamaged = errors.New("the public log is damaged: restore the named files from a backup, or from whoever mirrors it")
)

// checked is the report of both.
type checked struct {
	ledger.Report `json:",inline"`

	Log *checkedLog `json:"log,omitempty"` // nil: the hub has none yet
}

type checkedLog struct {
	Origin  string           `json:"origin"`
	Entries int64            `json:"entries"`
	Damage  []checkedLogFile `json:"damage,omitempty"`
}

type checkedLogFile struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

func (c *checkCommand) Run(env *environment) error {
	report, err := sqlite.Check(env.Context, filepath.Join(c.Data, hub.LedgerFile))
	if err != nil {
		return err
	}
	log, err := c.log()
	if err != nil {
		return err
	}
	if c.JSON {
		if err := env.printJSON(checked{report, log}); err != nil {
			return err
		}
	} else {
		printLedger(env, report)
		printLog(env, log)
	}
	var damaged []error
	if len(report.Damage) > 0 {
		damaged = append(damaged, errDamaged)
	}
	if log != nil && len(log.Damage) > 0 {
		damaged = append(damaged, errLogDamaged)
	}
	return errors.Join(damaged...)
}

// log reads the whole public log, which has to be signed with a key of the hub.
func (c *checkCommand) log() (*checkedLog, error) {
	vkeys, err := translog.VerifierKeys(filepath.Join(c.Data, publicLogKeys))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(c.Data, publicLog)); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("check the public log: %w", err)
	}
	var verifiers []note.Verifier
	for _, vkey := range vkeys {
		v, err := translog.NewLogVerifier(vkey)
		if err != nil {
			return nil, fmt.Errorf("check the public log: %w", err)
		}
		verifiers = append(verifiers, v)
	}
	found, err := translog.Check(filepath.Join(c.Data, publicLog), verifiers...)
	if err != nil {
		return nil, err
	}
	log := &checkedLog{Origin: verifiers[0].Name(), Entries: found.Checkpoint.Size}
	for _, d := range found.Damage {
		log.Damage = append(log.Damage, checkedLogFile{d.Path, d.Reason})
	}
	return log, nil
}

func printLedger(env *environment, report ledger.Report) {
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

func printLog(env *environment, log *checkedLog) {
	switch {
	case log == nil:
		fmt.Fprintln(env.Stdout, "there is no public log yet")
	case len(log.Damage) == 0:
		fmt.Fprintf(env.Stdout, "the public log %s is sound: %d entries\n", log.Origin, log.Entries)
	}
	if log != nil {
		for _, d := range log.Damage {
			fmt.Fprintf(env.Stdout, "damaged: public log, %s: %s\n", d.File, d.Reason)
		}
	}
}
