package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/feed"
)

type feedCommand struct {
	Connect feedConnectCommand `cmd:"" help:"Print, or write, the configuration that connects an engine."`
}

type feedConnectCommand struct {
	hubFlags
	Engine     string `arg:"" help:"The engine: bind."`
	Dir        string `help:"Write the files here instead of printing them." placeholder:"DIR"`
	Notify     string `help:"Where the engine listens, for the hub to tell it of changes at once." placeholder:"ADDR:PORT"`
	Standalone bool   `help:"A complete configuration, for trying out; needs --listen, --forward and --dir. Its last line is the command that starts the engine."`
	Listen     string `help:"Where the engine is to answer." placeholder:"ADDR:PORT"`
	Forward    string `help:"The resolver that it asks." placeholder:"ADDR:PORT"`
}

func (c *feedConnectCommand) Run(env *environment) error {
	if !slices.Contains(feed.Engines(), c.Engine) {
		return usageError{fmt.Errorf("unknown engine %q: there are %s", c.Engine, strings.Join(feed.Engines(), ", "))}
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	cfg, notify, err := c.config(env.Context, hub)
	if err != nil {
		return err
	}
	files, start, err := feed.Connect(c.Engine, cfg)
	if err != nil {
		return err
	}
	if notify.IsValid() {
		if err := hub.Post(env.Context, "/outlets", api.NewOutlet{Engine: c.Engine, Notify: notify}, nil); err != nil {
			return fmt.Errorf("ask the hub to tell %s of changes: %w", notify, err)
		}
	}
	if cfg.Dir == "" {
		for _, name := range slices.Sorted(maps.Keys(files)) {
			fmt.Fprintf(env.Stdout, "# %s\n%s\n", name, files[name])
		}
		return nil
	}
	if err := writeFiles(cfg.Dir, files); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintln(env.Stdout, "wrote", filepath.Join(cfg.Dir, name))
	}
	if c.Standalone {
		fmt.Fprintln(env.Stdout, strings.Join(start, " "))
	}
	return nil
}

func (c *feedConnectCommand) config(ctx context.Context, hub *client.Client) (cfg feed.ConnectConfig, notify netip.AddrPort, err error) {
	var t api.Transfer
	if err := hub.Get(ctx, "/outlets/transfer", &t); err != nil {
		return cfg, notify, err
	}
	cfg = feed.ConnectConfig{Hub: t.Address, Zone: t.Zone, Key: t.Key, Secret: t.Secret, Standalone: c.Standalone}
	if c.Dir != "" {
		if cfg.Dir, err = filepath.Abs(c.Dir); err != nil {
			return cfg, notify, err
		}
	}
	if c.Standalone {
		if c.Listen == "" || c.Forward == "" || c.Dir == "" {
			return cfg, notify, usageError{errors.New("--standalone needs --listen, --forward and --dir")}
		}
		if cfg.Listen, err = addrPort("--listen", c.Listen); err != nil {
			return cfg, notify, err
		}
		if cfg.Forward, err = addrPort("--forward", c.Forward); err != nil {
			return cfg, notify, err
		}
		notify = cfg.Listen
	}
	if c.Notify != "" {
		notify, err = addrPort("--notify", c.Notify)
	}
	return cfg, notify, err
}

func addrPort(flag, text string) (netip.AddrPort, error) {
	at, err := netip.ParseAddrPort(text)
	if err != nil {
		return at, usageError{fmt.Errorf("%s %q: use an address and a port, such as 127.0.0.1:5310", flag, text)}
	}
	return at, nil
}

// writeFiles writes what only the engine's user may read: the transfer key is in it.
func writeFiles(dir string, files map[string]string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range files {
		err := writeFile(filepath.Join(dir, name), func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
