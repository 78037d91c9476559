package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

// keysToNodes brings the keys of sealed entries to the nodes and says how many
// there are, all of them equal.
func (c *ledgerCopyCommand) keysToNodes(env *environment, to *jetstream.Ledger) (n uint64, err error) {
	from, err := sealed.OpenKeys(filepath.Join(c.Data, hub.KeysFile))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	keys, err := to.Keys(env.Context)
	if err != nil {
		return 0, err
	}
	if _, err := keys.Import(env.Context, from); err != nil {
		return 0, err
	}
	return jetstream.EqualKeys(env.Context, from, keys)
}

// keysFromNodes makes the keys file, which must not be there.
func (c *ledgerCopyCommand) keysFromNodes(env *environment, from *jetstream.Ledger) (n uint64, err error) {
	keys, err := from.Keys(env.Context)
	if err != nil {
		return 0, err
	}
	to, err := sealed.OpenKeys(filepath.Join(c.Data, hub.KeysFile))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	to.Share(keys)
	if err := to.Join(env.Context); err != nil {
		return 0, err
	}
	return jetstream.EqualKeys(env.Context, keys, to)
}

// documentsToNodes has the nodes agree on the directory's documents and names
// those that there are. Others that the nodes agreed on before stay.
func (c *ledgerCopyCommand) documentsToNodes(env *environment, to *jetstream.Ledger) (names []string, err error) {
	for _, name := range hub.SharedFiles {
		path := filepath.Join(c.Data, name)
		mine, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		agreed, err := to.Agree(env.Context, hub.Document(name), mine)
		switch {
		case err != nil:
			return nil, err
		case !bytes.Equal(agreed, mine):
			return nil, fmt.Errorf("the nodes have agreed on another %s than %s, for good: copy to nodes that have none, in new directories", name, path)
		}
		names = append(names, name)
	}
	return names, nil
}

// documentsFromNodes writes what the nodes agreed on and names it. The keys of
// the public log are for a directory that has the log: with the keys alone a
// hub would begin a second log under them, which is what a log must never do.
func (c *ledgerCopyCommand) documentsFromNodes(env *environment, from *jetstream.Ledger) (names []string, err error) {
	_, err = os.Stat(filepath.Join(c.Data, publicLog))
	withLog := err == nil
	for _, name := range hub.SharedFiles {
		if name == publicLogKeys && !withLog {
			fmt.Fprintf(env.Stderr, "%s is not copied: %s has no public log for it, so that a hub there begins a new log with a new key. "+
				"To go on with the log, copy %s, publiclog and dossiers from a node's data directory into an empty one first.\n", name, c.Data, publicLog)
			continue
		}
		agreed, err := from.Agree(env.Context, hub.Document(name), nil)
		if errors.Is(err, ledger.ErrNoEntry) {
			continue
		}
		path := filepath.Join(c.Data, name)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(path), 0o700)
		}
		if err == nil {
			err = atomicfile.Write(path, agreed, 0o600)
		}
		if err != nil {
			return nil, err
		}
		written, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(written, agreed) {
			return nil, fmt.Errorf("%s does not read as it was written", path)
		}
		names = append(names, name)
	}
	return names, nil
}

// nothingInTheWay refuses a directory with keys, or with other documents than
// the nodes'.
func (c *ledgerCopyCommand) nothingInTheWay(env *environment, from *jetstream.Ledger) error {
	keys := filepath.Join(c.Data, hub.KeysFile)
	if _, err := os.Stat(keys); err == nil {
		return fmt.Errorf("%s is there already", keys)
	}
	for _, name := range hub.SharedFiles {
		path := filepath.Join(c.Data, name)
		mine, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		agreed, err := from.Agree(env.Context, hub.Document(name), nil)
		switch {
		case errors.Is(err, ledger.ErrNoEntry):
		case err != nil:
			return err
		case !bytes.Equal(agreed, mine):
			return fmt.Errorf("%s is there already, and is not the nodes' %s", path, name)
		}
	}
	return nil
}
