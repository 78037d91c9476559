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
	"net/http"
	"sync"
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
	EVE      io.Reader // Suricata EVE JSON lines
	Outlets  []Outlet  // where protections are put in force
	Policy   Policy    // what of it the owner allows
	StateDir string    // where the edge remembers how far it is; "" for nowhere
	Clock    func() time.Time
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

	seen       mark.Mark[uint64] // telemetry lines that have been processed
	complained bool              // about telemetry that cannot be read; belongs to the reader
	reporter   *reporter
	enforcer   *enforcer
}

// New asks the hub who it is and loads what was in force when it last ran. If
// the hub is away, an edge that has run before goes on with what it knew.
func New(ctx context.Context, cfg Config) (*Edge, error) {
	if cfg.Batch == 0 {
		cfg.Batch = time.Second
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	kept, err := memory{cfg.StateDir}.load()
	if err == nil {
		kept, err = introduce(ctx, cfg, kept)
	}
	if err != nil {
		return nil, fmt.Errorf("start edge: %w", err)
	}
	index := match.New()
	return &Edge{
		cfg: cfg, place: kept.Partner, index: index, detect: outbreak.NewDetector(cfg.Detector), hits: hits{},
		reporter: newReporter(cfg.Client, cfg.Logger), enforcer: newEnforcer(cfg, index, kept),
	}, nil
}

// introduce finds out whose edge this is. Another partner's memory counts for
// nothing.
func introduce(ctx context.Context, cfg Config, kept remembered) (remembered, error) {
	var me struct {
		access.Partner
		Role access.Role `json:"role"`
	}
	err := cfg.Client.Get(ctx, "/me", &me)
	place := me.Partner
	if err == nil && me.Role == access.Viewer {
		return kept, fmt.Errorf("the token's role is viewer: an edge reports and acknowledges, for which it has to be a contributor's")
	}
	var problem *client.Problem
	switch {
	case err == nil && place.ID == kept.Partner.ID:
		kept.Partner = place
		return kept, nil
	case err == nil:
		return remembered{Partner: place}, nil
	case ctx.Err() != nil, errors.As(err, &problem) && problem.Status < 500 && problem.Status != http.StatusTooManyRequests, kept.Partner.ID == "":
		return kept, err
	}
	cfg.Logger.Warn("the hub is away, what it decided last is put in force", "error", err)
	return kept, nil
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
			e.learnFirst(ctx)
			err := e.read(ctx)
			if err == nil {
				err = e.Settle(ctx, 0)
			}
			cancel(err)
		})
	}
	wg.Wait()
	return errors.Join(ignoreCancel(context.Cause(ctx)), e.flushLast(context.WithoutCancel(ctx)))
}

// firstPatience is how long telemetry waits for what the hub has decided so far.
const firstPatience = 5 * time.Second

// learnFirst returns when telemetry can be matched against the protections:
// what is read before would pass unseen. A hub that does not answer keeps
// nobody from reading.
func (e *Edge) learnFirst(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, firstPatience)
	defer stop()
	if e.enforcer.watching.Wait(ctx, 1) != nil {
		e.cfg.Logger.Warn("telemetry is read before the hub's protections are known")
	}
}

// lastPatience is how long an edge that ends waits for a hub that is away.
const lastPatience = 5 * time.Second

func (e *Edge) flushLast(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, lastPatience)
	defer stop()
	for {
		err := e.flush(ctx, true)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(shortestPause):
		case <-ctx.Done():
			return fmt.Errorf("findings are lost, the hub cannot be reached: %w", err)
		}
	}
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
