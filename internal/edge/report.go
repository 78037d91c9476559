package edge

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// maxQueued is how many reports wait while the hub is away; the oldest give
// way and are counted.
const maxQueued = 10_000

// reporter sends reports in order. A report that the hub did not acknowledge
// is sent again with the same id, and the hub counts it once.
type reporter struct {
	client *client.Client
	log    *slog.Logger
	wake   chan struct{}

	sending sync.Mutex // one sender at a time keeps the order
	mu      sync.Mutex
	queue   []sighting.Report
	dropped uint64
}

func newReporter(c *client.Client, log *slog.Logger) *reporter {
	return &reporter{client: c, log: log, wake: make(chan struct{}, 1)}
}

func (r *reporter) nudge() {
	select {
	case r.wake <- struct{}{}:
	default: // it is awake already
	}
}

// reportLoop sends what is new when the reader has caught up, and all counts
// once a batch.
func (e *Edge) reportLoop(ctx context.Context) error {
	batch := time.NewTicker(e.cfg.Batch)
	defer batch.Stop()
	for {
		all := false
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-e.reporter.wake:
		case <-batch.C:
			all = true
		}
		if err := e.flush(ctx, all); err != nil && ctx.Err() == nil {
			e.cfg.Logger.Warn("report to the hub failed, will be tried again", "error", err)
			// the next batch is the next try
		}
	}
}

// flush reports what has been found; without all, only what is new.
func (e *Edge) flush(ctx context.Context, all bool) error {
	e.reading.Lock()
	suspects, scans := e.detect.Take()
	seen := append(suspects, e.hits.take(all)...)
	e.reading.Unlock()
	if len(seen)+len(scans) > 0 {
		e.reporter.add(sighting.Report{
			ID: uuid.NewString(), Sector: e.place.Sector, Country: e.place.Country, Sightings: seen, Scans: scans,
		})
	}
	return e.reporter.send(ctx)
}

func (r *reporter) add(report sighting.Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) == maxQueued {
		r.queue = r.queue[1:]
		r.dropped++
		r.log.Error("report dropped: the hub has been away for too long", "dropped", r.dropped)
	}
	r.queue = append(r.queue, report)
}

// send empties the queue; what the hub refuses for good is logged and dropped,
// for it would be refused again.
func (r *reporter) send(ctx context.Context) error {
	r.sending.Lock()
	defer r.sending.Unlock()
	for {
		r.mu.Lock()
		if len(r.queue) == 0 {
			r.mu.Unlock()
			return nil
		}
		report := r.queue[0]
		r.mu.Unlock()
		err := r.client.Post(ctx, "/sightings", report, nil)
		var problem *client.Problem
		if errors.As(err, &problem) && problem.Status >= 400 && problem.Status < 500 && problem.Status != 429 {
			r.log.Error("report refused by the hub", "error", err)
		} else if err != nil {
			return err
		}
		r.mu.Lock()
		if len(r.queue) > 0 && r.queue[0].ID == report.ID {
			r.queue = r.queue[1:]
		}
		r.mu.Unlock()
	}
}
