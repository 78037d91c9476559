package doctor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/tocsin-project/tocsin/internal/hub"
)

const dataDirectory = "data directory"

// private are the files that nobody but the hub's user may read.
var private = []string{"secrets.json", hub.KeysFile, "log.key", hub.BulletinKeyFile, hub.LedgerFile, hub.CatalogFile}

// data looks at the directory, and says whether there is a ledger to look at.
func (e *examination) data() bool {
	dir := e.cfg.Data
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.newDirectory(dir)
		return false
	case err != nil:
		e.wrong(dataDirectory, "let the user of the hub into it and all directories above", "%v", err)
		return false
	case !info.IsDir():
		e.wrong(dataDirectory, "name a directory with --data or data =", "%s is a file", dir)
		return false
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Geteuid() {
		e.doubt(dataDirectory, "run the doctor as the user of the hub, such as with runuser -u: what it says of files and ports is about the user who runs it",
			"%s belongs to the user %d, this is %d", dir, owner.Uid, os.Geteuid())
		e.foreign = true
		return false // a ledger opened by another user could leave files that the hub cannot write
	}
	if err := unix.Access(dir, unix.R_OK|unix.W_OK|unix.X_OK); err != nil {
		e.wrong(dataDirectory, "chmod 700 "+dir, "%s cannot be written: %v", dir, err)
		return false
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		e.doubt(dataDirectory, "chmod 700 "+dir, "%s can be entered by others (mode %04o)", dir, mode)
	} else {
		e.sound(dataDirectory, "%s is the hub's alone", dir)
	}
	e.secret(dir)
	return e.whole(dir)
}

func (e *examination) newDirectory(dir string) {
	parent := filepath.Dir(filepath.Clean(dir))
	if err := unix.Access(parent, unix.W_OK|unix.X_OK); err != nil {
		e.wrong(dataDirectory, "make it, and chown it to the user of the hub", "%s is not there, and %s cannot be written: %v", dir, parent, err)
		return
	}
	e.sound(dataDirectory, "%s is not there: the first start makes it", dir)
}

// secret looks at who may read the secrets.
func (e *examination) secret(dir string) {
	var open []string
	for _, name := range private {
		info, err := os.Stat(filepath.Join(dir, name))
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			open = append(open, filepath.Join(dir, name))
		}
	}
	if len(open) > 0 {
		e.wrong("private files", "chmod 600 "+strings.Join(open, " "), "others on this machine may read %s", strings.Join(open, ", "))
	}
}

// whole looks at whether a directory that holds a ledger holds what belongs to it.
func (e *examination) whole(dir string) bool {
	there := func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	}
	if !there(hub.LedgerFile) {
		e.sound(dataDirectory, "%s is empty: the first start fills it", dir)
		return false
	}
	for _, needed := range []struct{ name, without string }{
		{hub.KeysFile, "what partners contributed cannot be read"},
		{"secrets.json", "cursors, transfer keys and ids of before are worth nothing"},
	} {
		if !there(needed.name) {
			e.wrong(dataDirectory, "restore "+needed.name+" from the backup that the ledger is from", "%s has a ledger and no %s: %s", dir, needed.name, needed.without)
		}
	}
	if there("secrets.json") {
		if _, err := hub.ContributionKey(dir); err != nil {
			e.wrong("keys", "restore secrets.json from a backup", "%v", err)
		} else {
			e.sound("keys", "the hub's own keys can be read")
		}
	}
	return true
}
