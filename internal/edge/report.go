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

const (
	// maxFindings is how many sightings and scans the hub takes in one report.
	maxFindings = 1000
	// maxQueued is how many of them wait while the hub is away; the oldest
	// reports give way and are counted.
	maxQueued = 100_000
)

// reporter sends reports in order. A report that the hub did not acknowledge
// is sent again with the same id, and the hub counts it once.
type reporter struct {
	client *client.Client
	log    *slog.Logger
	wake   chan struct{}

	sending chan struct{} // held by the one sender: it keeps the order

	mu      sync.Mutex
	queue   []sighting.Report
	waiting int    // findings in queue
	dropped uint64 // findings that had to give way
}

func newReporter(c *client.Client, log *slog.Logger) *reporter {
	return &reporter{client: c, log: log, wake: make(chan struct{}, 1), sending: make(chan struct{}, 1)}
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
	e.gather(all)
	return e.reporter.send(ctx)
}

// gather makes reports of what has been found since the last time.
func (e *Edge) gather(all bool) {
	e.reading.Lock()
	defer e.reading.Unlock()
	suspects, scans := e.detect.Take()
	seen := append(suspects, e.hits.take(all)...)
	for len(seen)+len(scans) > 0 {
		report := sighting.Report{ID: uuid.NewString()}
		n := min(len(seen), maxFindings)
		report.Sightings, seen = seen[:n:n], seen[n:]
		n = min(len(scans), maxFindings-n)
		report.Scans, scans = scans[:n:n], scans[n:]
		e.reporter.add(report)
	}
}

func findings(r sighting.Report) int { return len(r.Sightings) + len(r.Scans) }

func (r *reporter) add(report sighting.Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append(r.queue, report)
	r.waiting += findings(report)
	before := r.dropped
	for r.waiting > maxQueued {
		r.dropped += uint64(findings(r.queue[0]))
		r.shift()
	}
	if r.dropped > before {
		r.log.Error("findings dropped: the hub has been away for too long", "dropped", r.dropped)
	}
}

func (r *reporter) shift() {
	r.waiting -= findings(r.queue[0])
	r.queue[0] = sighting.Report{}
	r.queue = r.queue[1:]
}

// send empties the queue; what the hub refuses for good is logged and dropped,
// for it would be refused again.
func (r *reporter) send(ctx context.Context) error {
	select {
	case r.sending <- struct{}{}:
		defer func() { <-r.sending }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		report, ok := r.first()
		if !ok {
			return nil
		}
		err := r.client.Post(ctx, "/sightings", report, nil)
		var problem *client.Problem
		if errors.As(err, &problem) && problem.Final() {
			r.log.Error("report refused by the hub", "report", report.ID, "error", err)
		} else if err != nil {
			return err
		}
		r.sent(report.ID)
	}
}

func (r *reporter) first() (sighting.Report, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) == 0 {
		return sighting.Report{}, false
	}
	return r.queue[0], true
}

// sent takes a report out, unless it had to give way while it was being sent.
func (r *reporter) sent(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) > 0 && r.queue[0].ID == id {
		r.shift()
	}
}
