// Package edge runs beside a partner's own sensors and engines: it reads their
// telemetry, tells the hub what it saw (never the records), follows the hub's
// protections, puts them in force and says so. Telemetry never leaves.
package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/mark"
	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// Config is what an edge works with. EVE may be nil: the edge then only
// enforces.
type Config struct {
	Client   *client.Client
	EVE      io.Reader     // Suricata EVE JSON lines
	Outlets  []Outlet      // where protections are put in force
	StateDir string        // where the edge remembers how far it is; "" for nowhere
	Batch    time.Duration // how long counts are gathered before they are reported; 0: a second
	Detector outbreak.DetectorConfig
	Logger   *slog.Logger
}

// Edge is one partner's edge.
type Edge struct {
	cfg   Config
	place access.Partner // whose edge this is, as the hub knows it
	index *match.Index

	reading sync.Mutex // guards detector and hits
	detect  *outbreak.Detector
	hits    hits

	lines    atomic.Uint64     // the last telemetry line that has been processed
	seen     mark.Mark[uint64] // telemetry lines that have been processed
	reporter *reporter
	enforcer *enforcer
}

// New asks the hub who it is and loads what was in force when it last ran.
func New(ctx context.Context, cfg Config) (*Edge, error) {
	if cfg.Batch == 0 {
		cfg.Batch = time.Second
	}
	e := &Edge{
		cfg: cfg, index: match.New(), detect: outbreak.NewDetector(cfg.Detector),
		hits: hits{},
	}
	if err := cfg.Client.Get(ctx, "/me", &e.place); err != nil {
		return nil, fmt.Errorf("start edge: %w", err)
	}
	e.reporter = newReporter(cfg.Client, cfg.Logger)
	enforcer, err := newEnforcer(cfg, e.index)
	if err != nil {
		return nil, fmt.Errorf("start edge: %w", err)
	}
	e.enforcer = enforcer
	return e, nil
}

// Partner is whose edge this is.
func (e *Edge) Partner() access.Partner { return e.place }

// Run works until the context ends or the telemetry does. What has been seen
// by then is reported before it returns, as far as the hub can be reached.
func (e *Edge) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	wg.Go(func() { cancel(e.enforcer.run(ctx)) })
	wg.Go(func() { cancel(e.reportLoop(ctx)) })
	if e.cfg.EVE != nil {
		wg.Go(func() {
			err := e.read(ctx)
			if err == nil {
				err = e.Settle(ctx, 0)
			}
			cancel(err)
		})
	}
	wg.Wait()
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer stop()
	return errors.Join(ignoreCancel(context.Cause(ctx)), e.flush(last, true))
}

func ignoreCancel(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// Settle returns when at least so many telemetry lines have been processed and
// the hub has acknowledged every finding that is new since.
func (e *Edge) Settle(ctx context.Context, lines uint64) error {
	if err := e.seen.Wait(ctx, lines); err != nil {
		return err
	}
	return e.flush(ctx, false)
}

// Enforced returns when the protections up to a position of the hub's stream,
// counted in lines that this edge was released, are in force and the hub has
// acknowledged the receipts.
func (e *Edge) Enforced(ctx context.Context, lines uint64) error {
	return e.enforcer.done.Wait(ctx, lines)
}
