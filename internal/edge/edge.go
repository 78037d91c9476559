// Package edge runs beside a partner's own sensors and engines: it matches their
// telemetry against what the hub's partners know, tells the hub what it saw
// (never the records), and the partner's own SOC; follows the hub's
// protections, puts in force what the owner allows, and says so. Telemetry never
// leaves.
package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/hindsight"
	"github.com/tocsin-project/tocsin/internal/knowledge"
	"github.com/tocsin-project/tocsin/internal/mark"
	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/outbreak/ransom"
	"github.com/tocsin-project/tocsin/internal/sensors"
	"github.com/tocsin-project/tocsin/internal/soc"
	"github.com/tocsin-project/tocsin/internal/spool"
	"github.com/tocsin-project/tocsin/internal/watch"
)

// Config is what an edge works with. Without sensors it only enforces.
type Config struct {
	Client   *client.Client
	Sensors  []sensors.Place
	Stdin    io.Reader     // what a sensor "-" reads
	Own      watch.Library // the partner's own indicators, if any: hits are told to the SOC alone
	Outlets  []Placed      // where protections are put in force
	Policy   Policy        // what of it the owner allows everywhere
	Attach   Attach        // what of a record leaves with its sighting: nothing, unless the owner says so
	SOC      []soc.Sink    // who in the partner's house is told of hits
	StateDir string        // where the edge keeps what it knows and what waits for the hub
	Past     hindsight.Options
	Clock    func() time.Time
	Batch    time.Duration // how long counts are gathered before they are reported; 0: a second
	Detector outbreak.DetectorConfig
	Files    ransom.Config
	Memory   int64 // bytes that the runtime is to keep below, beside what protections take; 0: leave it alone
	Logger   *slog.Logger
}

// Edge is one partner's edge.
type Edge struct {
	cfg   Config
	place access.Partner // whose edge this is, as the hub knows it

	decided *match.Index // the hub's protections
	watch   *watch.Watch // what telemetry is asked about
	events  atomic.Uint64
	learned atomic.Uint64 // changes of what is watched for that were looked back for
	sensors []*sensor

	reading   sync.Mutex // guards what follows, and how far each sensor was read
	detect    *outbreak.Detector
	files     *ransom.Detector
	hits      hits
	suspected map[observable.Value]struct{} // that were reported
	lines     uint64

	seen     mark.Mark[uint64] // telemetry lines that have been processed
	past     *hindsight.Memory
	reporter *reporter
	enforcer *enforcer
	learner  *learner
	// bootstrap stands in for the learner until that has caught up.
	bootstrap *Bootstrap
}

// New asks the hub who it is and loads what it knew when it last ran. If the hub
// is away, an edge that has run before goes on with that.
func New(ctx context.Context, cfg Config) (*Edge, error) {
	if cfg.Batch == 0 {
		cfg.Batch = time.Second
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	m := &memory{dir: cfg.StateDir}
	kept, err := m.load()
	if err == nil {
		kept, err = introduce(ctx, cfg, kept)
	}
	var e *Edge
	if err == nil {
		e, err = assemble(cfg, kept, m)
	}
	if err != nil {
		return nil, fmt.Errorf("start edge: %w", err)
	}
	return e, nil
}

func assemble(cfg Config, kept remembered, m *memory) (*Edge, error) {
	e := &Edge{cfg: cfg, place: kept.Partner, decided: match.New(), watch: watch.New(), detect: outbreak.NewDetector(cfg.Detector), files: ransom.New(cfg.Files), hits: hits{}, suspected: map[observable.Value]struct{}{}}
	err := e.open()
	if err != nil {
		return nil, errors.Join(err, e.close())
	}
	e.enforcer = newEnforcer(cfg, e.decided, kept, m)
	e.enforcer.added = e.lookBack
	e.learner.learned = e.lookBack
	e.learner.exchanged = e.watchFor
	e.bootstrap = NewBootstrap(BootstrapConfig{Hub: cfg.Client, Logger: cfg.Logger})
	e.learner.caughtUp = e.bootstrap.Drop
	e.watchFor(e.learner.store)
	return e, nil
}

// open opens what the edge keeps on disk.
func (e *Edge) open() error {
	waiting, err := spool.Open(filepath.Join(e.cfg.StateDir, "spool"), spool.Limits{})
	if err != nil {
		return err
	}
	e.reporter = newReporter(e.cfg.Client, waiting, e.cfg.Logger)
	stood, err := e.reporter.progress()
	if err != nil {
		return err
	}
	past := e.cfg.Past
	past.Clock, past.Log, past.Mark = e.cfg.Clock, e.cfg.Logger, &stood.Hindsight
	if e.past, err = hindsight.Open(filepath.Join(e.cfg.StateDir, "past"), past); err != nil {
		return err
	}
	e.learner, err = newLearner(e.cfg)
	return err
}

// close closes what open opened.
func (e *Edge) close() error {
	var errs []error
	for _, o := range e.cfg.Outlets {
		if closer, ok := o.Outlet.(io.Closer); ok {
			errs = append(errs, closer.Close())
		}
	}
	if e.reporter != nil {
		errs = append(errs, e.reporter.spool.Close())
	}
	if e.past != nil {
		errs = append(errs, e.past.Close())
	}
	if e.learner != nil && e.learner.store != nil {
		errs = append(errs, e.learner.store.Close())
	}
	return errors.Join(errs...)
}

// watchFor matches telemetry against a store, the hub's protections and the
// partner's own list.
func (e *Edge) watchFor(s *knowledge.Store) {
	libraries := []watch.Library{{Index: e.decided}, {Index: s.Index, Patterns: s.Patterns}}
	if e.cfg.Own.Index != nil {
		own := e.cfg.Own
		own.Own = true
		libraries = append(libraries, own)
	}
	e.watch.Exchange(libraries...)
}

// Partner is whose edge this is.
func (e *Edge) Partner() access.Partner { return e.place }

// Run works until the context ends or the telemetry does. What has been seen
// by then is on disk when it returns, and reported as far as the hub can be
// reached.
func (e *Edge) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, e.close()) }()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if err := e.newSensors(); err != nil {
		return err
	}
	var wg, reading sync.WaitGroup
	wg.Go(func() { cancel(e.enforcer.run(ctx)) })
	wg.Go(func() { cancel(e.learner.run(ctx)) })
	if len(e.sensors) > 0 {
		wg.Go(func() { e.bootstrap.Run(ctx) })
	}
	wg.Go(func() { cancel(e.keepLoop(ctx)) })
	wg.Go(func() { cancel(e.sendLoop(ctx)) })
	wg.Go(func() { cancel(e.rememberLoop(ctx)) })
	wg.Go(func() { cancel(e.statusLoop(ctx)) })
	e.learnFirst(ctx)
	for _, s := range e.sensors {
		reading.Go(func() {
			if err := e.read(ctx, s); err != nil {
				cancel(err)
			}
		})
	}
	if len(e.sensors) > 0 {
		wg.Go(func() {
			reading.Wait()
			cancel(e.Settle(ctx, 0))
		})
	}
	wg.Wait()
	reading.Wait()
	err = errors.Join(ignoreCancel(context.Cause(ctx)), e.flushLast(context.WithoutCancel(ctx)), err)
	if failed := e.writeStatus(); failed != nil {
		e.cfg.Logger.Warn("the last status is not that of the end", "error", failed)
	}
	return err
}

// lastPatience is how long an edge that ends waits for a hub that is away.
const lastPatience = 5 * time.Second

// flushLast has what was found on disk, and at the hub if it can be reached in
// time; else the next start sends it.
func (e *Edge) flushLast(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, lastPatience)
	defer stop()
	if err := e.past.Flush(); err != nil {
		e.cfg.Logger.Error("what was seen before is not remembered whole", "error", err)
	}
	for {
		err := e.flush(ctx, true)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(shortestPause):
		case <-ctx.Done():
			return fmt.Errorf("the hub cannot be reached: %d reports wait in %s: %w", e.reporter.spool.Len(), e.cfg.StateDir, err)
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

// Learned returns when the indicators up to a position of the hub's stream,
// counted in lines that this edge was released, are matched.
func (e *Edge) Learned(ctx context.Context, lines uint64) error {
	return e.learner.done.Wait(ctx, lines)
}
