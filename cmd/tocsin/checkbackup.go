package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/tocsin-project/tocsin/internal/backup"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

var errBackupDamaged = errors.New("the backup is damaged: what is named cannot be restored from; begin another in a new directory while the hub has it all")

// backup reads the whole backup.
func (c *checkCommand) backup(env *environment) (*backup.Report, error) {
	keys, err := c.identities()
	if err != nil {
		return nil, err
	}
	report, err := backup.Check(env.Context, c.Backup, keys)
	return &report, err
}

// backupOf reads the whole backup, which has to be of the hub in the data directory.
func (c *checkCommand) backupOf(env *environment) (*backup.Report, error) {
	report, err := c.backup(env)
	if err != nil || report.Head.Seq == 0 {
		return report, err
	}
	engine, err := sqlite.Open(filepath.Join(c.Data, hub.LedgerFile), sqlite.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	e, err := ledger.At(env.Context, engine, report.Head.Seq)
	switch {
	case errors.Is(err, ledger.ErrCorrupt): // the check of the ledger has said so
		err = nil
	case err == nil && e.Hash != report.Head.Hash, errors.Is(err, ledger.ErrNoEntry):
		err = nil
		report.Damage = append(report.Damage, backup.Damage{File: "the newest run", Reason: fmt.Sprintf("its head, %s, is not on the ledger in %s: it is of another hub, or of this one before it was restored", headText(report.Head), c.Data)})
	}
	return report, errors.Join(err, engine.Close())
}

// backupAlone checks a backup where there is no hub beside it.
func (c *checkCommand) backupAlone(env *environment) error {
	report, err := c.backup(env)
	if err != nil {
		return err
	}
	if c.JSON {
		err = env.printJSON(struct {
			Backup *backup.Report `json:"backup"`
		}{report})
	} else {
		printBackup(env, report)
	}
	if err == nil && len(report.Damage) > 0 {
		err = errBackupDamaged
	}
	return err
}

func printBackup(env *environment, r *backup.Report) {
	if r == nil {
		return
	}
	if len(r.Damage) == 0 {
		fmt.Fprintf(env.Stdout, "the backup is sound: %d runs, the last of %s, %d files, %d bytes; its head is %s\n", r.Runs, r.Made.Format(time.RFC3339), r.Files, r.Bytes, headText(r.Head))
	}
	if r.Opened {
		fmt.Fprintf(env.Stdout, "%d entries in it are sound\n", r.Entries)
	} else {
		fmt.Fprintln(env.Stdout, "some of it is encrypted to keys that are not here, and was held against its checksums only: give --identity to have the chain of its entries checked")
	}
	for _, d := range r.Damage {
		fmt.Fprintf(env.Stdout, "damaged: backup, %s: %s\n", d.File, d.Reason)
	}
	for _, name := range r.Left {
		fmt.Fprintf(env.Stdout, "left over: backup, %s: it belongs to no run; the next one removes it\n", name)
	}
}
