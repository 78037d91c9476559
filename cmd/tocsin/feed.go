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
	Engine     string `arg:"" help:"The engine, such as bind, unbound, pdns-recursor, nft or haproxy; a wrong one has them all listed."`
	Dir        string `help:"Write the files here instead of printing them." placeholder:"DIR"`
	Notify     string `help:"Where the engine listens, for the hub to tell it of changes at once." placeholder:"ADDR:PORT"`
	Standalone bool   `help:"A complete configuration, for trying out; needs --listen, --forward and --dir. Its last line is the command that starts the engine."`
	Listen     string `help:"Where the engine is to answer." placeholder:"ADDR:PORT"`
	Forward    string `help:"The resolver that it asks." placeholder:"ADDR:PORT"`
	Reach      string `help:"Who asks the engine: internal (the own organisation), clients (its clients too) or public. It decides what the engine is given." default:"internal" enum:"internal,clients,public"`
	Edge       string `help:"Connect a resolver to an edge instead of the hub: the edge's --state, on this machine; needs --at." placeholder:"DIR"`
	At         string `help:"Where that edge serves: the address in its --enforce rpz=ADDR:PORT." placeholder:"ADDR:PORT"`
	DryRun     bool   `name:"dry-run" help:"Have the engine report what it would do, and do nothing."`
	JSON       bool   `name:"json" help:"Print JSON: the files' texts, or with --dir their paths, and the command that starts the engine."`
}

// connected is what was made: for programs.
type connected struct {
	Files   map[string]string `json:"files,omitempty"`   // text by name, if they were not written
	Written []string          `json:"written,omitempty"` // paths
	Start   []string          `json:"start,omitempty"`   // the command that starts the engine in the foreground
}

func (c *feedConnectCommand) Run(env *environment) error {
	if !slices.Contains(feed.Engines(), c.Engine) {
		return usageError{fmt.Errorf("unknown engine %q: there are %s", c.Engine, strings.Join(feed.Engines(), ", "))}
	}
	cfg, notify, err := c.addresses()
	if err != nil {
		return err
	}
	if c.Engine == "unbound" && c.Edge == "" && !notify.IsValid() {
		// It has no key: the hub gives its zones only to an address that it was told.
		return usageError{errors.New("unbound: say where it listens by --notify ADDR:PORT: the hub lets it follow from that address only")}
	}
	tell := func() error { return nil } // of where the engine listens
	if c.Edge != "" || c.At != "" {
		err = c.fromEdge(&cfg)
	} else {
		tell, err = c.fromHub(env, &cfg, notify)
	}
	if err != nil {
		return err
	}
	files, start, err := feed.Connect(c.Engine, cfg)
	if err != nil {
		return err
	}
	if err := tell(); err != nil {
		return err
	}
	made := connected{Files: files, Start: start}
	if cfg.Dir != "" {
		if made.Written, err = writeFiles(cfg.Dir, files); err != nil {
			return err
		}
		made.Files = nil
	}
	if c.JSON {
		return env.printJSON(made)
	}
	made.print(env.Stdout)
	return nil
}

// fromHub adds what the hub is asked, and gives what tells it where the engine
// listens.
func (c *feedConnectCommand) fromHub(env *environment, cfg *feed.ConnectConfig, notify netip.AddrPort) (tell func() error, err error) {
	hub, err := c.client()
	if err != nil {
		return nil, err
	}
	if feed.Follows(c.Engine) {
		err = c.transfer(env.Context, hub, cfg)
	} else {
		err = c.edge(cfg)
	}
	return func() error {
		if !notify.IsValid() || !feed.Notified(c.Engine) {
			return nil
		}
		err := hub.Post(env.Context, "/outlets", api.NewOutlet{Engine: c.Engine, Notify: notify, Reach: feed.Reach(c.Reach)}, nil)
		if err != nil && c.Notify != "" {
			return fmt.Errorf("ask the hub to tell %s of changes: %w", notify, err)
		}
		if err != nil {
			fmt.Fprintf(env.Stderr, "Warning: the hub will not tell %s of changes, which then arrive at the zone's refresh: %v\n", notify, err)
		}
		return nil
	}, err
}

func (made connected) print(w io.Writer) {
	for _, name := range slices.Sorted(maps.Keys(made.Files)) {
		fmt.Fprintf(w, "# %s\n%s\n", name, made.Files[name])
	}
	for _, path := range made.Written {
		fmt.Fprintln(w, "wrote", path)
	}
	if len(made.Start) > 0 {
		fmt.Fprintln(w, commandFor(made.Start))
	}
}

// commandFor writes a command as a shell reads it (POSIX.1-2017, 2.2.2).
func commandFor(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = word
		if strings.ContainsFunc(word, func(r rune) bool {
			return !strings.ContainsRune("-./_:,+@%", r) && !('0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z')
		}) {
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// addresses is what the command line says, before the hub is asked.
func (c *feedConnectCommand) addresses() (cfg feed.ConnectConfig, notify netip.AddrPort, err error) {
	cfg.Standalone, cfg.DryRun, cfg.Reach = c.Standalone, c.DryRun, c.Reach
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

// transfer adds what the hub says.
func (c *feedConnectCommand) transfer(ctx context.Context, hub *client.Client, cfg *feed.ConnectConfig) error {
	var t api.Transfer
	if err := hub.Get(ctx, "/outlets/transfer?reach="+c.Reach, &t); err != nil {
		return err
	}
	cfg.Hub, cfg.HotZone, cfg.Zone, cfg.Key, cfg.Secret = t.Address, t.HotZone, t.Zone, t.Key, t.Secret
	cfg.TLS, cfg.TLSName, cfg.CA = t.TLS, t.TLSName, t.CA
	return nil
}

// edge adds what the edge that feeds the engine is started with.
func (c *feedConnectCommand) edge(cfg *feed.ConnectConfig) (err error) {
	cfg.HubURL = c.Hub
	if cfg.TokenFile, err = filepath.Abs(c.TokenFile); err != nil {
		return err
	}
	cfg.Binary, err = os.Executable()
	return err
}

func addrPort(flag, text string) (netip.AddrPort, error) {
	at, err := netip.ParseAddrPort(text)
	if err != nil {
		return at, usageError{fmt.Errorf("%s %q: use an address and a port, such as 127.0.0.1:5310", flag, text)}
	}
	return at, nil
}

// writeFiles writes what only the owner and the group may read, since the
// transfer key is in it, and gives the paths.
func writeFiles(dir string, files map[string]string) (written []string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, name)
		if err := writeGuarded(path, files[name]); err != nil {
			return nil, err
		}
		written = append(written, path)
	}
	return written, nil
}
