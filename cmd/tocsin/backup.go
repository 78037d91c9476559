package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/backup"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

type backupCommand struct {
	Run    backupRunCommand    `cmd:"" default:"withargs" help:"Add what is new at a hub, running or stopped, to a backup (the default)."`
	Renew  backupRenewCommand  `cmd:"" help:"Make of a backup a new one, in one run and encrypted to other keys."`
	Keygen backupKeygenCommand `cmd:"" help:"Make a key that backups are encrypted to."`
}

// encryptionFlags say who can open what is written.
type encryptionFlags struct {
	Recipient      []string `sep:"none" help:"Whose key can open it: an age public key (age1...), as 'tocsin backup keygen' prints; again for more." placeholder:"AGE-KEY"`
	RecipientsFile string   `help:"A file of such keys, one a line." placeholder:"FILE"`
	Unencrypted    bool     `help:"Write it in the clear: whoever can read it can then act as the hub."`
}

type backupRunCommand struct {
	Data string `help:"The hub's data directory." default:"tocsin-data" placeholder:"DIR" env:"TOCSIN_DATA"`
	To   string `required:"" help:"The backup: a directory of its own, on another disk." placeholder:"DIR"`
	encryptionFlags
	Follow bool          `help:"Go on until stopped, with a run every --every."`
	Every  time.Duration `help:"With --follow: the time between the beginnings of two runs." default:"10s"`
	JSON   bool          `name:"json" help:"Print what each run added as JSON, with --follow a line each."`
}

func (c *backupRunCommand) Run(env *environment) error {
	to, err := c.recipients()
	if err != nil {
		return usageError{err}
	}
	if c.Every <= 0 {
		return usageError{fmt.Errorf("--every %s: use a span above zero", c.Every)}
	}
	if _, err := os.Stat(filepath.Join(c.Data, hub.LedgerFile)); err != nil {
		return fmt.Errorf("%s is no hub's data directory: %w", c.Data, err)
	}
	if err := apart(c.Data, c.To); err != nil {
		return usageError{err}
	}
	yieldProcessor()
	dir, err := backup.Open(c.To)
	if err != nil {
		return err
	}
	if c.Follow {
		err = c.follow(env, dir, to)
	} else {
		err = c.once(env.Context, env, dir, to)
	}
	return errors.Join(err, dir.Close())
}

// recipients are whom the backup is encrypted to; none if it is to be in the clear.
func (c *encryptionFlags) recipients() (to []age.Recipient, err error) {
	for _, text := range c.Recipient {
		keys, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil || len(keys) != 1 {
			return nil, fmt.Errorf("--recipient %q: use an age public key (age1...), as 'tocsin backup keygen' prints it", text)
		}
		to = append(to, keys...)
	}
	if c.RecipientsFile != "" {
		f, err := os.Open(c.RecipientsFile)
		if err != nil {
			return nil, err
		}
		keys, err := age.ParseRecipients(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("--recipients-file %s: %w", c.RecipientsFile, err)
		}
		to = append(to, keys...)
	}
	switch {
	case len(to) == 0 && !c.Unencrypted:
		return nil, errors.New("say with --recipient to whose key it is encrypted ('tocsin backup keygen --out FILE' makes one; keep FILE elsewhere), or --unencrypted")
	case len(to) > 0 && c.Unencrypted:
		return nil, errors.New("either --unencrypted or --recipient")
	}
	return to, nil
}

// apart is an error if the backup lies in what it is of.
func apart(data, to string) error {
	from, err := filepath.Abs(data)
	if err != nil {
		return err
	}
	into, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	if within, err := filepath.Rel(from, into); err == nil && filepath.IsLocal(within) {
		return fmt.Errorf("--to %s lies in what it is made of: what takes that takes the backup", to)
	}
	return nil
}

// once adds what is new.
func (c *backupRunCommand) once(ctx context.Context, env *environment, dir *backup.Dir, to []age.Recipient) (err error) {
	engine, err := sqlite.Open(filepath.Join(c.Data, hub.LedgerFile), sqlite.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	result, err := dir.Run(ctx, backup.Source{Data: c.Data, Layout: hub.Layout(), Ledger: engine}, to)
	if err != nil {
		return err
	}
	return c.print(env, result)
}

func (c *backupRunCommand) print(env *environment, r backup.Result) error {
	if c.Follow && r.Run == 0 {
		return nil
	}
	switch {
	case c.JSON && c.Follow:
		if err := json.MarshalWrite(env.Stdout, r); err != nil {
			return err
		}
		_, err := fmt.Fprintln(env.Stdout)
		return err
	case c.JSON:
		return env.printJSON(r)
	}
	return told(env, r)
}

// told says what a run has added.
func told(env *environment, r backup.Result) error {
	if r.Run == 0 {
		_, err := fmt.Fprintf(env.Stdout, "nothing is new since entry %d (%s)\n", r.Head.Seq, r.Head.Hash)
		return err
	}
	_, err := fmt.Fprintf(env.Stdout, "run %d: %d entries, %d other files, %d blocks of keys, %d bytes; the head is %s\n", r.Run, r.Entries, r.Files, r.Keys, r.Bytes, headText(r.Head))
	return err
}

// headText is a head in words.
func headText(h ledger.Head) string { return fmt.Sprintf("%d (%s)", h.Seq, h.Hash) }

// follow backs up over and over, and once more when it is asked to end. A run that
// fails is told and tried again, but for the first: its faults are seldom passing.
func (c *backupRunCommand) follow(env *environment, dir *backup.Dir, to []age.Recipient) error {
	logger := env.logger()
	failing := false
	for first := true; first || env.Context.Err() == nil; first = false {
		began := time.Now()
		err := c.once(env.Context, env, dir, to)
		switch {
		case err != nil && (first || errors.Is(err, backup.ErrOtherHub)):
			return err
		case err != nil && env.Context.Err() == nil:
			logger.Error("the backup stands still", "error", err)
		case failing:
			logger.Info("the backup goes on")
		}
		failing = err != nil
		if took := time.Since(began); took > c.Every {
			logger.Warn("a run took longer than the time between two", "took", took.Round(time.Millisecond), "every", c.Every)
		}
		select {
		case <-env.Context.Done():
		case <-time.After(time.Until(began.Add(c.Every))):
		}
	}
	return c.once(context.WithoutCancel(env.Context), env, dir, to)
}

type backupKeygenCommand struct {
	Out         string `required:"" help:"A new file for the secret key, without which nothing can be restored. Keep it away from the hub and from the backup, in two places." placeholder:"FILE"`
	PostQuantum bool   `help:"A key that holds against quantum computers, too (age1pq1...); other programs need age 1.3 for it."`
}

func (c *backupKeygenCommand) Run(env *environment) error {
	var secret, public string
	if c.PostQuantum {
		key, err := age.GenerateHybridIdentity()
		if err != nil {
			return err
		}
		secret, public = key.String(), key.Recipient().String()
	} else {
		key, err := age.GenerateX25519Identity()
		if err != nil {
			return err
		}
		secret, public = key.String(), key.Recipient().String()
	}
	text := fmt.Sprintf("# made %s\n# public key: %s\n%s\n", time.Now().UTC().Format(time.RFC3339), public, secret)
	if err := writeNew(c.Out, []byte(text)); err != nil {
		return err
	}
	_, err := fmt.Fprintln(env.Stdout, public)
	return err
}
