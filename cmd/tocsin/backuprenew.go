package main

import (
	"github.com/tocsin-project/tocsin/internal/backup"
	"github.com/tocsin-project/tocsin/internal/hub"
)

type backupRenewCommand struct {
	identityFlags
	From string `required:"" help:"The backup that is there. It stays as it is." placeholder:"DIR"`
	To   string `required:"" help:"The new one: a directory that is not there, or empty." placeholder:"DIR"`
	encryptionFlags
	Scratch string `help:"Where the hub's secrets lie in the clear meanwhile: a folder in memory, or on an encrypted disk. By default the system's folder for temporary files." placeholder:"DIR"`
	JSON    bool   `name:"json" help:"Print what was written as JSON."`
}

func (c *backupRenewCommand) Run(env *environment) error {
	to, err := c.recipients()
	if err != nil {
		return usageError{err}
	}
	keys, err := c.identities()
	if err != nil {
		return err
	}
	if err := apart(c.From, c.To); err != nil {
		return usageError{err}
	}
	yieldProcessor()
	opts, finish := backup.Options{Identities: keys}, func() {}
	if terminal(env.Stderr) {
		opts.Read, finish = progress(env, "reading")
	}
	result, err := backup.Renew(env.Context, c.From, c.To, c.Scratch, hub.Layout(), opts, to)
	finish()
	if err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(result)
	}
	return told(env, result)
}
