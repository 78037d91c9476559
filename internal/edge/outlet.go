package edge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Outlet is a place where protections are put in force.
type Outlet interface {
	// Name is what receipts call it.
	Name() string
	// Apply makes what the update says the state in force; if it fails, the one
	// before stays. It is called again a little later then, with an update that
	// begins anew.
	Apply(ctx context.Context, u feed.Update) error
}

// Whole is an Outlet that writes all that is in force each time, so that Update.Set
// has to be that of the update. It is spared when that takes long.
type Whole interface {
	Outlet
	WritesWhole()
}

// Selective is an Outlet whose engine cannot carry everything. What it refuses
// is none of its business: no receipt speaks of it.
type Selective interface {
	Outlet
	Refuses(p protect.Protection) (reason string)
}

// Watched is an Outlet whose engine may lose what is in force without being told
// to: a packet filter that somebody flushes, a proxy that is started again.
type Watched interface {
	Outlet
	// Check says that what was applied last is no longer what is in force.
	Check(ctx context.Context) error
}

// Placed is an outlet with what the owner lets it put in force.
type Placed struct {
	Outlet
	Policy OutletPolicy
	// Label is what receipts and stops call it, if not by the outlet's own name:
	// a partner may have several of a kind.
	Label string
}

// Name is what receipts and stops call it.
func (p Placed) Name() string { return cmp.Or(p.Label, p.Outlet.Name()) }

// Files is the outlet for engines that read files. Each file is replaced
// atomically, so that an engine never reads half of it.
type Files struct {
	Dir string
	// Names are which of the files that there are (Compilers) are written:
	// block.txt, hosts and protections.json if it is empty.
	Names []string
	// Reload is the command, with its arguments, that has the engine read a
	// changed file; none if it is empty.
	Reload []string
}

var usualFiles = []string{"block.txt", "hosts", "protections.json"}

// Name is "files".
func (f Files) Name() string { return "files" }

// WritesWhole implements Whole.
func (f Files) WritesWhole() {}

// fileTypes are what files carry that do not carry everything: what none of an
// outlet's files can say is not in force there.
var fileTypes = map[string][]observable.Type{
	"hosts": {observable.Domain}, "domains.txt": {observable.Domain}, "suffixes.txt": {observable.Domain},
	"nginx-hosts.map": {observable.Domain}, "squid-domains.acl": {observable.Domain}, "postfix-access": {observable.Domain},
	"addresses.txt": {observable.IPv4, observable.IPv6}, "nginx-addresses.geo": {observable.IPv4, observable.IPv6},
	"squid-addresses.acl": {observable.IPv4, observable.IPv6}, "postfix-clients": {observable.IPv4, observable.IPv6},
	"urls.txt":   {observable.URL},
	"hashes.txt": {observable.MD5, observable.SHA1, observable.SHA256, observable.SHA512},
	"tocsin.hsb": {observable.MD5, observable.SHA1, observable.SHA256}, "tocsin.yar": {observable.MD5, observable.SHA1, observable.SHA256},
}

// Refuses implements Selective.
func (f Files) Refuses(p protect.Protection) string {
	if len(f.Names) == 0 {
		return ""
	}
	for _, name := range f.Names {
		if types, some := fileTypes[name]; !some || slices.Contains(types, p.Type) {
			return ""
		}
	}
	return "none of the files that are written can say it"
}

// reloadPatience bounds how long an engine may take to read its files.
const reloadPatience = 30 * time.Second

// Apply writes the files and has them on disk before it returns. All are
// written before the first is replaced: a full disk changes none.
func (f Files) Apply(ctx context.Context, u feed.Update) error {
	if err := os.MkdirAll(f.Dir, 0o755); err != nil {
		return fmt.Errorf("files outlet: %w", err)
	}
	if u.Anew { // what a crash has left staged goes
		if err := atomicfile.Clean(f.Dir); err != nil {
			return fmt.Errorf("files outlet: %w", err)
		}
	}
	names := f.Names
	if len(names) == 0 {
		names = usualFiles
	}
	set := u.Set()
	contents := make([]content, 0, len(names))
	for _, name := range names {
		compile, there := Compilers[name]
		if !there {
			return fmt.Errorf("files outlet: there is no file %q: there are %s", name, strings.Join(slices.Sorted(maps.Keys(Compilers)), ", "))
		}
		contents = append(contents, content{name, 0o644, func(w io.Writer) error {
			_, err := compile(w, set)
			return err
		}})
	}
	if err := replaceFiles(f.Dir, contents...); err != nil {
		return fmt.Errorf("files outlet: %w", err)
	}
	return f.reload(ctx)
}

func (f Files) reload(ctx context.Context) error {
	if len(f.Reload) == 0 {
		return nil
	}
	ctx, stop := context.WithTimeout(ctx, reloadPatience)
	defer stop()
	if said, err := exec.CommandContext(ctx, f.Reload[0], f.Reload[1:]...).CombinedOutput(); err != nil { //nolint:gosec // the owner's own command
		return fmt.Errorf("files outlet: %s: %w: %s", strings.Join(f.Reload, " "), err, said)
	}
	return nil
}

// content is a file to be, by its name in a directory.
type content struct {
	name  string
	mode  fs.FileMode
	write func(io.Writer) error
}

// replaceFiles stages every file, and only when all are on disk puts them in
// their places.
func replaceFiles(dir string, files ...content) (err error) {
	staged := make([]string, 0, len(files))
	defer func() {
		if err == nil {
			return
		}
		for _, path := range staged { // those that are in their places by now are not found
			if failed := os.Remove(path); failed != nil && !errors.Is(failed, fs.ErrNotExist) {
				err = errors.Join(err, failed)
			}
		}
	}()
	for _, f := range files {
		path, err := atomicfile.Stage(dir, f.mode, f.write)
		if err != nil {
			return err
		}
		staged = append(staged, path)
	}
	for i, f := range files {
		path := filepath.Join(dir, f.name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { // of a name such as misp/manifest.json
			return err
		}
		if err := os.Rename(staged[i], path); err != nil {
			return err
		}
	}
	return atomicfile.SyncDir(dir)
}
