package backup_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/tocsin-project/tocsin/internal/backup"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

var layout = backup.Layout{Ledger: "ledger.db", Keys: "keys", Pin: "log/checkpoint", Kept: func(path string) bool {
	return !strings.HasPrefix(path, "ledger.db") && path != "keys" && !strings.HasPrefix(path, "view")
}}

// node is a hub's data directory with its ledger open, as the hub has it.
type node struct {
	t    testing.TB
	data string
	*sealed.Ledger
}

func newNode(t testing.TB) *node {
	t.Helper()
	n := &node{t: t, data: filepath.Join(t.TempDir(), "data")}
	if err := os.Mkdir(n.data, 0o700); err != nil {
		t.Fatal(err)
	}
	n.write("secrets.json", "the hub's own secret")
	n.write("view.db", "made again")
	n.write("log/tile/1", "one")
	n.write("log/checkpoint", "origin\n1\n")
	n.open()
	return n
}

func (n *node) open() {
	n.t.Helper()
	engine, err := sqlite.Open(filepath.Join(n.data, layout.Ledger), sqlite.Options{})
	if err != nil {
		n.t.Fatal(err)
	}
	keys, err := sealed.OpenKeys(filepath.Join(n.data, layout.Keys))
	if err != nil {
		n.t.Fatal(err)
	}
	n.Ledger, err = sealed.Open(n.t.Context(), engine, keys, func(k ledger.Kind) bool { return k == "secret" })
	if err != nil {
		n.t.Fatal(errors.Join(err, keys.Close(), engine.Close()))
	}
	n.t.Cleanup(func() { _ = n.Close() }) // it may be closed already
}

func (n *node) write(name, text string) {
	n.t.Helper()
	path := filepath.Join(n.data, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		n.t.Fatal(err)
	}
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		n.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		n.t.Fatal(err)
	}
}

// add appends so many pairs of entries, one of each sealed.
func (n *node) add(pairs int) {
	n.t.Helper()
	var drafts []ledger.Draft
	for i := range pairs {
		body := fmt.Appendf(nil, `"body %d"`, i)
		drafts = append(drafts, ledger.Draft{Kind: "secret", Actor: "a", Body: body}, ledger.Draft{Kind: "open", Body: body})
	}
	if _, err := n.Append(n.t.Context(), ledger.Any, drafts...); err != nil {
		n.t.Error(err)
	}
}

// run backs up, as another process does beside the hub.
func (n *node) run(dir string, to ...age.Recipient) (backup.Result, error) {
	n.t.Helper()
	d, err := backup.Open(dir)
	if err != nil {
		return backup.Result{}, err
	}
	defer d.Close()
	engine, err := sqlite.Open(filepath.Join(n.data, layout.Ledger), sqlite.Options{ReadOnly: true})
	if err != nil {
		n.t.Fatal(err)
	}
	defer engine.Close()
	return d.Run(n.t.Context(), backup.Source{Data: n.data, Layout: layout, Ledger: engine}, to)
}

func (n *node) mustRun(dir string, to ...age.Recipient) backup.Result {
	n.t.Helper()
	r, err := n.run(dir, to...)
	if err != nil {
		n.t.Fatal(err)
	}
	return r
}

// restored opens what was restored from dir.
func restored(t testing.TB, dir string, opts backup.Options) (*node, backup.Restored) {
	t.Helper()
	n := &node{t: t, data: filepath.Join(t.TempDir(), "restored")}
	r, err := backup.Restore(t.Context(), dir, n.data, layout, opts)
	if err != nil {
		t.Fatal(err)
	}
	n.open()
	return n, r
}

// all is every entry, as it reads.
func (n *node) all() (all []ledger.Entry) {
	n.t.Helper()
	for e, err := range n.Read(n.t.Context(), 0) {
		if err != nil {
			n.t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func key(t testing.TB) *age.X25519Identity {
	t.Helper()
	k, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// files are the files below dir with their contents.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		found[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
