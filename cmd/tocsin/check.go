package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-project/tocsin/internal/backup"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/rebuild"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/sealed"
	"github.com/tocsin-project/tocsin/internal/translog"
)

type checkCommand struct {
	identityFlags
	Data   string `help:"The hub's data directory (default ./tocsin-data, unless there is a --backup)." placeholder:"DIR" env:"TOCSIN_DATA"`
	Backup string `help:"A backup, made by 'tocsin backup'. Without --identity, what is encrypted is held against its checksums only." placeholder:"DIR"`
	JSON   bool   `name:"json" help:"Print the report as JSON."`

	Cluster string `help:"File of this machine's node: its copy is read, too. Its hub must not run." placeholder:"FILE"`
}

// Where a hub keeps its public log and the keys of it, in its data directory.
const (
	publicLog     = "log"
	publicLogKeys = "log.key"
)

var (
	errDamaged     = errors.New("the ledger is damaged: restore the named entries from a backup; what is listed as sound can be trusted")
	errKeysDamaged = errors.New("keys of sealed entries are damaged: put the keys file back from its newest backup")
	errLogDamaged  = errors.New("the public log is damaged: restore the named files from a backup, or from whoever mirrors it")
)

// checked is the report of a data directory.
type checked struct {
	ledger.Report `json:",inline"`

	Keys   []ledger.Damage `json:"keys,omitempty"` // sealed entries that do not open
	Log    *checkedLog     `json:"log,omitempty"`  // nil: the hub has none yet
	Backup *backup.Report  `json:"backup,omitempty"`

	Node *rebuild.Finding `json:"node,omitempty"` // nil: not asked for
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
	if c.Backup != "" && c.Data == "" {
		return c.backupAlone(env)
	}
	if c.Data == "" {
		c.Data = hub.DefaultData
	}
	found, err := c.everything(env)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := env.printJSON(found); err != nil {
			return err
		}
	} else {
		printLedger(env, found.Report)
		printKeys(env, found.Keys)
		printLog(env, found.Log)
		printBackup(env, found.Backup)
		printNode(env, found.Node)
	}
	return found.damaged()
}

// everything reads all there is.
func (c *checkCommand) everything(env *environment) (found checked, err error) {
	if found.Report, err = sqlite.Check(env.Context, filepath.Join(c.Data, hub.LedgerFile)); err != nil {
		return found, err
	}
	if found.Keys, err = c.keys(env, found.Report); err != nil {
		return found, err
	}
	if found.Log, err = c.log(); err != nil {
		return found, err
	}
	if c.Backup != "" {
		if found.Backup, err = c.backupOf(env); err != nil {
			return found, err
		}
	}
	if c.Cluster != "" {
		found.Node, err = c.node(env)
	}
	return found, err
}

// damaged says what of it is unsound; nil if nothing is.
func (c checked) damaged() error {
	var damaged []error
	if len(c.Damage) > 0 {
		damaged = append(damaged, errDamaged)
	}
	if len(c.Keys) > 0 {
		damaged = append(damaged, errKeysDamaged)
	}
	if c.Log != nil && len(c.Log.Damage) > 0 {
		damaged = append(damaged, errLogDamaged)
	}
	if c.Backup != nil && len(c.Backup.Damage) > 0 {
		damaged = append(damaged, errBackupDamaged)
	}
	if c.Node != nil && c.Node.Copy != "" {
		damaged = append(damaged, errNodeDamaged)
	}
	return errors.Join(damaged...)
}

// keys opens every sealed body of a sound ledger; of a damaged one nothing can be
// said before it is repaired.
func (c *checkCommand) keys(env *environment, report ledger.Report) ([]ledger.Damage, error) {
	if len(report.Damage) > 0 {
		return nil, nil
	}
	engine, err := sqlite.Open(filepath.Join(c.Data, hub.LedgerFile), sqlite.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	found, err := sealed.Check(env.Context, engine, filepath.Join(c.Data, hub.KeysFile))
	return found, errors.Join(err, engine.Close())
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

func printKeys(env *environment, keys []ledger.Damage) {
	for _, d := range keys {
		fmt.Fprintf(env.Stdout, "damaged: the key of entry %d: %s\n", d.Seq, d.Reason)
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
