package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"runtime/debug"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/edge"
	"github.com/tocsin-project/tocsin/internal/hindsight"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/internal/soc"
	"github.com/tocsin-project/tocsin/internal/watch"
)

var errNoToken = errors.New("--token-file is needed (or TOCSIN_TOKEN_FILE): a file with the token that the hub's administrator issued")

// memory is what an edge tries to stay below, in bytes: it runs beside sensors
// that need theirs. The collector works more often near it.
const memory = 192 << 20

type edgeCommand struct {
	hubFlags
	sensorFlags
	Indicators string   `help:"Indicators of your own, beside the hub's: a STIX bundle, or a plain list. What hits them is told to your SOC alone." placeholder:"FILE"`
	Enforce    []string `help:"Where protections are put in force: files[=DIR] (block.txt, hosts and protections.json, or write=NAME...; reload=COMMAND after a change), nft, haproxy=DIR, rpz=ADDR:PORT[,notify=ADDR:PORT]; each may be followed by ,reach=internal|clients|public (before whom it puts what it holds) ,name=WORD ,dry-run ,people (nothing of the rule's) ,min-confidence=N." placeholder:"OUTLET" sep:"none"`
	Guard      string   `help:"What must never be blocked or redirected here, whatever the hub says: a plain list of names, addresses and prefixes of your own." placeholder:"FILE"`
	MaxBlocks  int      `help:"How many blocks may be in force at once, whatever the hub says (${default})." default:"100000" placeholder:"N"`
	Own        []string `help:"A prefix of your own addresses: hosts in it that scan are yours, others scan you (default: the private ranges)." placeholder:"PREFIX"`
	Dark       []string `help:"A prefix of your own that nobody uses: who tries to reach it has no honest reason." placeholder:"PREFIX"`
	Scanner    []string `help:"A prefix of your own vulnerability scanners and monitors: that they scan is no news." placeholder:"PREFIX"`
	Attach     []string `help:"A field of the record, as hits name it (dns.rrname, src_ip), that may leave with its sighting. None does unless you say so." placeholder:"FIELD"`
	AttachTLP  string   `name:"attach-tlp" help:"The marking under which it leaves: green, amber or amber+strict (${default})." default:"amber" placeholder:"TLP"`
	SOC        []string `name:"soc" help:"Where hits are told, with what to do: FORMAT:TARGET, FORMAT one of json, syslog, cef, syslog+cef, TARGET a file, '-', unix:PATH, udp://, tcp:// or tls://HOST:PORT." placeholder:"SPEC" sep:"none"`
	Days       int      `help:"How long what was seen is remembered, to answer for indicators that come later (${default})." default:"30" placeholder:"N"`
	State      string   `help:"Directory in which the edge keeps what it knows and what waits for the hub (${default})." default:"tocsin-edge" placeholder:"DIR"`
	Explain    bool     `help:"Read what there is, print exactly what of it would leave for the hub, send nothing, keep nothing."`
}

func (c *edgeCommand) Run(env *environment) error {
	cfg, err := c.config(env.logger())
	if err != nil {
		return err
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	cfg.Client, cfg.Stdin, cfg.Logger = hub, env.Stdin, env.logger()
	if c.Explain {
		return c.explain(env, cfg)
	}
	if err := os.MkdirAll(c.State, 0o711); err != nil {
		return fmt.Errorf("make the edge's directory: %w", err)
	}
	if c.Indicators != "" {
		own, problems, err := watch.LoadFile(c.Indicators, c.State, patternset.Options{})
		if err != nil {
			return err
		}
		defer own.Close() //nolint:errcheck // it was only read
		if problems.Count > 0 {
			cfg.Logger.Warn("indicators of your own with problems", "count", problems.Count, "first", problems.First[0])
		}
		cfg.Own = own
	}
	for _, spec := range c.SOC {
		sink, err := soc.Open(spec, soc.Options{Stdout: env.Stdout, Log: cfg.Logger})
		if err != nil {
			return usageError{err}
		}
		defer sink.Close() //nolint:errcheck // it logs what it could not send
		cfg.SOC = append(cfg.SOC, sink)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memory)
		cfg.Memory = memory
	}
	e, err := edge.New(env.Context, cfg)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stderr, "Edge of %s follows %s\n", e.Partner().Name, c.Hub)
	return e.Run(env.Context)
}

// config is what the flags say, without what is to be opened.
func (c *edgeCommand) config(log *slog.Logger) (cfg edge.Config, err error) {
	cfg = edge.Config{StateDir: c.State, Policy: edge.Policy{MaxBlocks: c.MaxBlocks}, Past: hindsight.Options{Days: c.Days}}
	cfg.Attach = edge.Attach{Fields: c.Attach, TLP: access.TLP(c.AttachTLP)}
	if err := cfg.Attach.Validate(); err != nil {
		return cfg, usageError{err}
	}
	if cfg.Detector.Own, err = prefixes("--own", c.Own); err != nil {
		return cfg, err
	}
	if cfg.Detector.Dark, err = prefixes("--dark", c.Dark); err != nil {
		return cfg, err
	}
	if cfg.Detector.Scanners, err = prefixes("--scanner", c.Scanner); err != nil {
		return cfg, err
	}
	if cfg.Sensors, err = c.places(); err != nil {
		return cfg, err
	}
	if cfg.Outlets, err = c.outlets(log); err != nil {
		return cfg, err
	}
	if len(cfg.Sensors) == 0 && len(cfg.Outlets) == 0 {
		return cfg, usageError{errors.New("nothing to do: name a sensor (--eve, --zeek ...), --enforce, or both")}
	}
	cfg.Policy.Protected, err = guarded(c.Guard)
	return cfg, err
}

func prefixes(flag string, texts []string) (list []netip.Prefix, err error) {
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, usageError{fmt.Errorf("%s: %q is no prefix: write it as 192.0.2.0/24 or 2001:db8::/32", flag, text)}
		}
		list = append(list, p.Masked())
	}
	return list, nil
}

// guarded reads the owner's list. A line that cannot be read is an error: what
// the owner thinks is protected has to be.
func guarded(path string) (values []observable.Value, err error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read what is guarded: %w", err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		if line = observable.Uncommented(line); line == "" {
			continue
		}
		v, err := observable.Infer(line)
		if err != nil {
			return nil, fmt.Errorf("read what is guarded: %s, line %d: %w", path, i+1, err)
		}
		values = append(values, v)
	}
	return values, nil
}
