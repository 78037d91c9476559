package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/tocsin-project/tocsin/internal/demo"
	"github.com/tocsin-project/tocsin/internal/exercise"
	"github.com/tocsin-project/tocsin/internal/hub"
)

type demoCommand struct {
	Once     bool    `help:"End when the story ends, and print its figures."`
	JSON     bool    `name:"json" help:"Print the figures as one JSON object."`
	Seed     uint64  `help:"Another seed, another story; the same seed, the same story." default:"1"`
	Scenario string  `help:"The scenario to play: a name, or a file that ends in .toml." default:"wannacry-12-may" placeholder:"NAME"`
	Hosts    int     `help:"Another number of hosts."`
	Hours    float64 `help:"Another length, in simulated hours."`
	Partners int     `help:"Another number of partners."`
	Attack   string  `help:"The ATT&CK enterprise bundle (STIX 2.1, may be gzip-compressed)." env:"TOCSIN_ATTACK" placeholder:"FILE"`
	Data     string  `help:"Keep the hub's data in this directory, which must be new (default: a temporary one)." placeholder:"DIR"`
	SVG      string  `name:"svg" help:"Where the picture of the comparison goes." default:"out/day-one.svg" placeholder:"FILE"`
	Dossier  string  `help:"Write the dossier of the attribution here, and the keys to check it with beside it, with .keys behind the name." placeholder:"FILE"`
	Listen   string  `help:"Address of the page (default 127.0.0.1:8440, or a free port where that is taken)." placeholder:"ADDR:PORT"`
}

// attackBeside is where the bundle may lie, seen from the checkout.
const attackBeside = "../shared/data/enterprise-attack.json.gz"

func (c *demoCommand) Run(env *environment) error {
	cfg, remove, err := c.config(env)
	if err != nil {
		return err
	}
	story, err := demo.Play(env.Context, cfg)
	if err == nil {
		err = c.show(env, story)
	}
	if err == nil && !c.Once {
		fmt.Fprintf(env.Stderr, "\nThe page stays open at %s. Ctrl-C ends it.\n", story.Hub().URL())
		if token := story.Coordinator(); token != "" {
			fmt.Fprintf(env.Stderr, "Guests read. To act as the coordinator of the story, sign in there with this token:\n%s\n", token)
		}
		err = story.Hub().Wait(env.Context)
	}
	return errors.Join(err, story.Close(), remove())
}

func (c *demoCommand) config(env *environment) (demo.Config, func() error, error) {
	nothing := func() error { return nil }
	s, err := exercise.Open(c.Scenario)
	if err != nil {
		return demo.Config{}, nothing, usageError{err}
	}
	s = s.Sized(c.Hosts, c.Partners, c.Hours)
	if err := errors.Join(s.Validate(), demo.Playable(s)); err != nil {
		return demo.Config{}, nothing, usageError{err}
	}
	if c.Dossier != "" && !demo.HasLadder(s) {
		return demo.Config{}, nothing, usageError{fmt.Errorf("--dossier: of scenario %s no attribution is known; wannacry-12-may has one", s.Name)}
	}
	cfg := demo.Config{Scenario: s, Seed: c.Seed, Attack: c.Attack, Data: c.Data, Listen: c.Listen, DNSListen: "127.0.0.1:0", Sinkhole: "127.0.0.1:0"}
	if cfg.Attack == "" {
		if _, err := os.Stat(attackBeside); err == nil {
			cfg.Attack = attackBeside
		}
	}
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
		if !c.Once {
			cfg.Listen = free(env.Context, hub.DefaultListen)
		}
	}
	teller := &teller{out: env.Stderr, terminal: terminal(env.Stderr)}
	cfg.Tell, cfg.Tick = teller.tell, teller.tick
	if cfg.Data != "" {
		entries, err := os.ReadDir(cfg.Data)
		if err == nil && len(entries) > 0 {
			return cfg, nothing, usageError{fmt.Errorf("--data %s: the story begins with an empty directory", cfg.Data)}
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return cfg, nothing, err
		}
		return cfg, nothing, nil
	}
	if cfg.Data, err = os.MkdirTemp("", "tocsin-demo-"); err != nil {
		return cfg, nothing, err
	}
	return cfg, func() error { return os.RemoveAll(cfg.Data) }, nil
}

func (c *demoCommand) show(env *environment, story *demo.Story) error {
	if err := os.MkdirAll(filepath.Dir(c.SVG), 0o755); err != nil {
		return err
	}
	if err := writeFile(c.SVG, story.Comparison.SVG); err != nil {
		return err
	}
	if err := c.writeDossier(env, story.Dossier); err != nil {
		return err
	}
	fmt.Fprintln(env.Stderr)
	if err := story.Comparison.Table(env.Stderr); err != nil {
		return err
	}
	fmt.Fprintf(env.Stderr, "\nThe curves are in %s.\n", c.SVG)
	f := story.Figures
	agreement(env.Stderr, f.Agreement)
	if c.JSON {
		return env.printJSON(f)
	}
	_, err := fmt.Fprintf(env.Stdout, "\n%d of %d edges protected; from corroboration to an edge's receipt p50 %.1f ms, p99 %.1f ms, at most %.1f ms (%d receipts measured).\n"+
		"The kill switch was asked for %d times since it had to resolve and answered %d times. The ledger has %d entries; verified: %t. %.0f s.\n",
		f.EdgesProtected, f.Partners, f.ProtectMS.P50, f.ProtectMS.P99, f.ProtectMS.Max, f.ProtectMS.Samples,
		f.KillSwitch.Asked, f.KillSwitch.Resolved, f.LedgerEntries, f.Verified, f.WallS)
	return err
}

// writeDossier writes the case and the keys to check it with.
func (c *demoCommand) writeDossier(env *environment, d *demo.Dossier) error {
	if c.Dossier == "" || d == nil {
		return nil
	}
	if err := os.WriteFile(c.Dossier, d.File, 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(c.Dossier+".keys", d.Keys, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(env.Stderr, "The dossier is in %[1]s. Check it: tocsin verify %[1]s --trust %[1]s.keys\n", c.Dossier)
	return nil
}

// agreement shows the push of this run beside the same push simulated.
func agreement(out io.Writer, a exercise.Agreement) {
	show := func(v *float64) string {
		if v == nil {
			return "never"
		}
		return fmt.Sprintf("%.4g", *v)
	}
	fmt.Fprintf(out, "Measured here, and simulated for the same seed: alarm after %s s and %s s; infected then %s and %s of the hosts; in the end %s and %s.\n",
		show(a.AlarmAfter.Measured), show(a.AlarmAfter.Simulated),
		show(a.InfectedAtAlarmFraction.Measured), show(a.InfectedAtAlarmFraction.Simulated),
		show(a.InfectedFraction.Measured), show(a.InfectedFraction.Simulated))
}

// free is the address if nobody listens there, else one with a free port.
func free(ctx context.Context, address string) string {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return "127.0.0.1:0"
	}
	_ = l.Close() // nothing was accepted
	return address
}

// teller writes the story, and on a terminal a line of progress under it.
type teller struct {
	out      io.Writer
	terminal bool
	shown    time.Time
}

func (t *teller) tell(at time.Time, text string) {
	if t.terminal {
		fmt.Fprint(t.out, "\r\033[K")
	}
	if at.IsZero() {
		fmt.Fprintf(t.out, "          %s\n", text)
		return
	}
	fmt.Fprintf(t.out, "%s  %s\n", at.Format("15:04:05"), text)
}

func (t *teller) tick(done float64) {
	if !t.terminal || time.Since(t.shown) < 100*time.Millisecond {
		return
	}
	t.shown = time.Now()
	fmt.Fprintf(t.out, "\r\033[K          replay %3.0f %%", 100*done)
}
