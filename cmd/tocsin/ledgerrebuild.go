package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/schollz/progressbar/v3"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
	"github.com/tocsin-project/tocsin/internal/ledger/rebuild"
)

type ledgerRebuildCommand struct {
	clusterFlag
	Data string `help:"The node's data directory; its hub must not run. One that is not there has nothing to rebuild." default:"tocsin-data" placeholder:"DIR" env:"TOCSIN_DATA"`
	JSON bool   `name:"json" help:"Print the outcome as JSON."`
}

func (c *ledgerRebuildCommand) Run(env *environment) error {
	plan, err := c.plan(env, c.Data)
	if err != nil {
		return err
	}
	finish := func() {}
	if terminal(env.Stderr) {
		plan.Progress, finish = stages(env)
	}
	out, err := rebuild.Run(env.Context, plan)
	finish()
	if err != nil {
		printAside(env, out)
		return err
	}
	if c.JSON {
		return env.printJSON(out)
	}
	if !out.Nothing() {
		printRebuilt(env, out)
		printAside(env, out)
		return nil
	}
	if out.Behind > 0 {
		fmt.Fprintf(env.Stdout, "the node's copy was %d entries behind, and has got them from the other nodes\n", out.Behind)
	}
	_, err = fmt.Fprintf(env.Stdout, "nothing to rebuild: what the node has is sound, up to entry %d (%s)\n", out.Head.Seq, out.Head.Hash)
	return err
}

// plan says which node is meant.
func (c clusterFlag) plan(env *environment, data string) (rebuild.Plan, error) {
	cfg, err := jetstream.ReadConfig(c.Cluster)
	if err != nil {
		return rebuild.Plan{}, usageError{err}
	}
	if cfg.External != nil {
		return rebuild.Plan{}, usageError{errors.New("this node's ledger is on NATS servers that are not its own, so it has no copy to read; a damaged ledger.db is made anew if it is moved away while the hub does not run")}
	}
	cfg.Logger = env.logger()
	plan := rebuild.Plan{Node: cfg}
	switch _, err := os.Stat(data); {
	case errors.Is(err, fs.ErrNotExist): // a node that only keeps a copy
	case err != nil:
		return plan, err
	default:
		plan.File = filepath.Join(data, hub.LedgerFile)
	}
	return plan, nil
}

func printRebuilt(env *environment, out rebuild.Outcome) {
	for _, was := range []struct{ what, damage string }{{"copy", out.Copy}, {"file", out.File}} {
		if was.damage != "" {
			fmt.Fprintf(env.Stdout, "the node's %s was damaged, and is made anew: %s\n", was.what, was.damage)
		}
	}
	fmt.Fprintf(env.Stdout, "the node is whole: it has every entry that the other nodes had, up to %d (%s), and was read from the first to the last\n", out.Head.Seq, out.Head.Hash)
}

// printAside says where what was damaged is, also where a rebuild did not end.
func printAside(env *environment, out rebuild.Outcome) {
	for _, a := range out.Aside {
		fmt.Fprintf(env.Stderr, "Set aside: %s, %d bytes. When nobody wants to look into it any more: rm -r %[1]s\n", a.Path, a.Bytes)
	}
}

// stages shows the progress of one stage after the other, in entries.
func stages(env *environment) (show func(what string, done, of ledger.Seq), finish func()) {
	var bar *progressbar.ProgressBar
	stage := ""
	finish = func() {
		if bar != nil {
			_ = bar.Finish() // decoration
			fmt.Fprintln(env.Stderr)
		}
	}
	show = func(what string, done, of ledger.Seq) {
		if what != stage {
			finish()
			stage = what
			bar = progressbar.NewOptions64(int64(of), progressbar.OptionSetWriter(env.Stderr), progressbar.OptionSetDescription(what),
				progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionSetWidth(20), progressbar.OptionFullWidth())
		}
		bar.ChangeMax64(int64(of))
		_ = bar.Set64(int64(done)) // decoration
	}
	return show, func() { finish() }
}
