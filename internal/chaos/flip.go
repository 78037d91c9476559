package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// flip kills a hub and flips one bit in a copy of what it stored. No hub may tell of it
// otherwise than before: it refuses to serve, or what it serves is what it was; and what
// `tocsin check` calls damaged it has to name. Then the hub goes on with what it had.
func (r *run) flip(ctx context.Context, m *member) error {
	r.kill(m)
	damaged := m.data + " damaged"
	if err := os.CopyFS(damaged, os.DirFS(m.data)); err != nil {
		return err
	}
	what, err := r.flipBit(damaged)
	if err != nil {
		return err
	}
	program := m.command[0]
	said, err := exec.CommandContext(ctx, program, "check", "--data", damaged).CombinedOutput()
	found := err != nil
	if found && strings.TrimSpace(string(said)) == "" {
		r.defect("%s: tocsin check fails and says nothing", what)
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	other := &member{name: "a hub with " + what, url: "http://" + address, data: damaged, logPath: m.logPath + ".damaged"}
	other.command = serve(program, m.command[3], damaged, address)
	began := time.Now()
	if err := other.startOrRefuse(); err == nil {
		r.askDamaged(ctx, other, began, found)
		other.end(syscall.SIGKILL)
	}
	if err := os.RemoveAll(damaged); err != nil {
		return err
	}
	return m.start()
}

// startOrRefuse starts a hub that may not want to.
func (m *member) startOrRefuse() error {
	p, err := m.launch()
	if err != nil {
		return err
	}
	select {
	case <-p.serves:
		return nil
	case <-p.ended:
		return fmt.Errorf("%s does not serve", m.name)
	case <-time.After(patience):
		m.end(syscall.SIGKILL)
		return fmt.Errorf("%s neither serves nor ends", m.name)
	}
}

// askDamaged reads what a damaged hub tells: it is one more hub, whose readers are held
// against those of the others. What it has decided itself since it began is its own.
func (r *run) askDamaged(ctx context.Context, m *member, began time.Time, found bool) {
	f := r.newSession("at "+m.name, r.tokens.viewer, 0).newFollower(false)
	f.bases, f.until = []string{m.url}, began
	whole := false
	for tries := 0; tries < 5 && !whole && !m.byItself(); tries++ {
		whole = f.connect(ctx, false)
	}
	r.journal.follow(f.reading)
	if found && whole && strings.HasSuffix(m.name, ledgerFile) {
		r.defect("tocsin check finds damage, and %s serves everything", m.name)
	}
	ended := func() error {
		if m.byItself() {
			return fmt.Errorf("%s ended", m.name)
		}
		return nil
	}
	if ready(m, ended) == nil {
		f.readSome(ctx, 100)
	}
}

// ledgerFile is the one file that nothing can make again.
const ledgerFile = "ledger.db"

// flipBit flips a bit of the ledger's file, or of any other, and says where.
func (r *run) flipBit(data string) (string, error) {
	name := ledgerFile
	if r.IntN(3) == 0 {
		var files []string
		err := fs.WalkDir(os.DirFS(data), ".", func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && !strings.HasSuffix(path, ".lock") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return "", err
		}
		name = files[r.IntN(len(files))]
	}
	text, err := os.ReadFile(filepath.Join(data, name))
	if err != nil || len(text) == 0 {
		return "nothing of " + name, err
	}
	at, bit := r.IntN(len(text)), r.IntN(8)
	text[at] ^= 1 << bit
	return fmt.Sprintf("bit %d of byte %d flipped in %s", bit, at, name), os.WriteFile(filepath.Join(data, name), text, 0o600)
}
