package edge

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/hindsight"
	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/metrics"
	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/internal/soc"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// Status is how an edge does, for whoever looks after it: status.json in the
// state directory. Everything that is bounded says here what it had to forget.
type Status struct {
	At      time.Time      `json:"at"`
	Partner access.Partner `json:"partner"`
	Events  uint64         `json:"events"` // since the start

	Sensors map[string]telemetry.Stats `json:"sensors"` // as of when each last caught up

	Protections match.Stats            `json:"protections"` // of the hub
	Indicators  match.Stats            `json:"indicators"`  // of its partners
	Patterns    patternset.Stats       `json:"patterns"`    // of these, what is no list of values
	Uncovered   []patternset.Uncovered `json:"uncovered"`   // patterns that no index covers, the dearest first; costs in ns
	Cut         uint64                 `json:"cut"`         // events of which some hits were left out: too many indicators name the same
	NotMatched  uint64                 `json:"not_matched"` // indicators that could not be taken since the start
	Own         match.Stats            `json:"own"`         // the partner's

	Bootstrap BootstrapStats `json:"bootstrap"` // what stands in for indicators that are still on their way

	Past     hindsight.Stats   `json:"past"`
	Detector map[string]uint64 `json:"detector_evicted"`
	Waiting  Waiting           `json:"waiting"`
	SOC      []soc.Stats       `json:"soc"`
}

// Waiting is what the hub has not acknowledged.
type Waiting struct {
	Reports int    `json:"reports"`
	Bytes   int64  `json:"bytes"`
	Dropped uint64 `json:"dropped"` // that had to give way, ever
}

const (
	statusFile  = "status.json"
	figuresFile = "tocsin-edge.prom" // for Prometheus' node exporter
	statusEvery = 10 * time.Second
	// maxNamed is how many patterns that no index covers are named.
	maxNamed = 20
)

// Status says how the edge does.
func (e *Edge) Status() Status {
	store := e.learner.current.Load()
	s := Status{
		At: e.cfg.Clock().UTC(), Partner: e.place, Events: e.events.Load(), Sensors: map[string]telemetry.Stats{},
		Protections: e.decided.Stats(), Indicators: store.Index.Stats(), Patterns: store.Patterns.Stats(), NotMatched: store.Left(),
		Bootstrap: e.bootstrap.Stats(), Past: e.past.Stats(),
		Waiting: Waiting{e.reporter.spool.Len(), e.reporter.spool.Bytes(), e.reporter.spool.Dropped()},
	}
	for _, one := range store.Patterns.Uncovered() {
		if len(s.Uncovered) < maxNamed {
			s.Uncovered = append(s.Uncovered, one)
		}
	}
	if e.cfg.Own.Index != nil {
		s.Own = e.cfg.Own.Index.Stats()
	}
	for _, sink := range e.cfg.SOC {
		s.SOC = append(s.SOC, sink.Stats())
	}
	e.reading.Lock()
	defer e.reading.Unlock()
	s.Detector = e.detect.Evicted()
	for _, one := range e.sensors {
		s.Sensors[one.place.String()] = one.stats
		s.Cut += one.watcher.Cut()
	}
	return s
}

// figures are what of a status somebody is woken for.
func (s Status) figures() metrics.Edge {
	f := metrics.Edge{
		Written: s.At, Events: s.Events, Indicators: s.Indicators.Indicators, IndicatorsLeft: s.NotMatched, Protections: s.Protections.Indicators,
		ReportsWaiting: s.Waiting.Reports, BytesWaiting: s.Waiting.Bytes, ReportsDropped: s.Waiting.Dropped,
	}
	for _, one := range s.SOC {
		f.HitsDropped += one.Dropped
	}
	return f
}

// statusLoop writes the status down. It is for people: a disk that is full has
// been complained about by those to whom it matters.
func (e *Edge) statusLoop(ctx context.Context) error {
	beat := time.NewTicker(statusEvery)
	defer beat.Stop()
	for {
		if err := e.writeStatus(); err != nil {
			e.cfg.Logger.Debug("the status cannot be written", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-beat.C:
		}
	}
}

func (e *Edge) writeStatus() error {
	s := e.Status()
	text, err := json.Marshal(s, jsontext.Multiline(true), json.Deterministic(true))
	if err == nil {
		err = atomicfile.Write(filepath.Join(e.cfg.StateDir, statusFile), text, 0o644)
	}
	if err == nil {
		err = atomicfile.Write(filepath.Join(e.cfg.StateDir, figuresFile), s.figures().Text(), 0o644)
	}
	if err != nil {
		return fmt.Errorf("write status: %w", err)
	}
	return nil
}
