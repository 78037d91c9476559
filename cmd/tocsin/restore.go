package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/schollz/progressbar/v3"

	"github.com/tocsin-project/tocsin/internal/backup"
	"github.com/tocsin-project/tocsin/internal/hub"
)

// identityFlags name the secret keys that open a backup.
type identityFlags struct {
	Identity []string `sep:"none" help:"A file with the age secret key that opens it; again for those from before a change of keys." placeholder:"FILE"`
}

func (f identityFlags) identities() (all []age.Identity, err error) {
	for _, name := range f.Identity {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		keys, err := age.ParseIdentities(file)
		if err = errors.Join(err, file.Close()); err != nil {
			return nil, fmt.Errorf("--identity %s: %w", name, err)
		}
		all = append(all, keys...)
	}
	return all, nil
}

type restoreCommand struct {
	identityFlags
	From    string   `required:"" help:"The backup." placeholder:"DIR"`
	Data    string   `help:"The data directory to make. A hub is never restored over another: it must not be there, or be empty." default:"tocsin-data" placeholder:"DIR" env:"TOCSIN_DATA"`
	AsOf    pastTime `help:"Only what had been accepted by then, such as 2017-05-12T10:12:00Z. What was erased since stays so." placeholder:"TIME"`
	Expect  string   `help:"The hash of an entry, such as a head that 'tocsin check' printed: fail unless it is among those restored." placeholder:"HASH"`
	KeepLog bool     `help:"Go on with the public log as it is in the backup. Only if nothing newer of it was published: see docs/backup.md."`
	JSON    bool     `name:"json" help:"Print what was restored as JSON."`
}

func (c *restoreCommand) Run(env *environment) error {
	if c.KeepLog && !c.AsOf.IsZero() {
		return usageError{errors.New("either --as-of or --keep-log: the public log cannot be set back")}
	}
	keys, err := c.identities()
	if err != nil {
		return err
	}
	opts := backup.Options{Identities: keys, AsOf: c.AsOf.Time}
	if c.Expect != "" {
		if err := opts.Expect.UnmarshalText([]byte(c.Expect)); err != nil {
			return usageError{fmt.Errorf("--expect: %w", err)}
		}
	}
	if !c.KeepLog {
		opts.Skip = hub.OfPublicLog
	}
	finish := func() {}
	if terminal(env.Stderr) {
		opts.Read, finish = progress(env, "restoring")
	}
	restored, err := backup.Restore(env.Context, c.From, c.Data, hub.Layout(), opts)
	finish()
	if err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(restored)
	}
	return c.print(env, restored)
}

// progress shows what was done of a whole that is known only then.
func progress(env *environment, what string) (show func(done, of int64), finish func()) {
	var bar *progressbar.ProgressBar
	show = func(done, of int64) {
		if bar == nil {
			bar = newBar(env.Stderr, of, what)
		}
		_ = bar.Set64(done) // decoration
	}
	return show, func() {
		if bar != nil {
			_ = bar.Finish() // decoration
			fmt.Fprintln(env.Stderr)
		}
	}
}

func (c *restoreCommand) print(env *environment, r backup.Restored) error {
	fmt.Fprintf(env.Stdout, "%d entries are restored to %s, and %d other files, from run %d of %s\n", r.Head.Seq, c.Data, r.Files, r.Run, r.Made.Format(time.RFC3339))
	fmt.Fprintf(env.Stdout, "every entry follows from the one before; the head is %s", headText(r.Head))
	if !r.Time.IsZero() {
		fmt.Fprintf(env.Stdout, ", of %s", r.Time.Format(time.RFC3339Nano))
	}
	fmt.Fprintln(env.Stdout)
	origin, rest, _ := strings.Cut(string(r.Pin), "\n")
	size, _, _ := strings.Cut(rest, "\n")
	switch {
	case origin == "":
	case c.KeepLog:
		fmt.Fprintf(env.Stderr, "The public log %s goes on behind its %s entries. If more of it was published, it will sign a second history: do not start the hub.\n", visible(origin), visible(size))
	default:
		fmt.Fprintf(env.Stderr, "The public log %s, with %s entries at the backup, is not restored: a newer one may be public, and to go on from an older copy would sign a second history. "+
			"The hub begins a new one, with a new key, of which everybody has to be told who trusts the old one. If nothing newer was published: restore with --keep-log. See docs/backup.md.\n", visible(origin), visible(size))
	}
	return nil
}
