package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/sensors"
	"github.com/tocsin-project/tocsin/internal/sighting"
	"github.com/tocsin-project/tocsin/internal/spool"
)

// maxFindings is how many sightings and scans the hub takes in one report.
const maxFindings = 1000

// progress is what the spool's state says: how far the sensors have been read
// for what is in the spool.
type progress struct {
	Sensors   map[string]sensors.Position `json:"sensors,omitempty"` // by Place.String
	Hindsight uint64                      `json:"hindsight"`         // the flush of the memory of what was seen
}

// reporter keeps reports on disk and sends them in order. A report that the hub
// did not acknowledge is sent again with the same id, and the hub counts it once.
type reporter struct {
	client *client.Client
	log    *slog.Logger
	wake   chan struct{}

	keeping chan struct{} // held by the one that gathers and keeps
	sending chan struct{} // held by the one sender: it keeps the order
	spool   *spool.Spool
	unkept  *gathered // what the disk did not take; the next try is its
	kept    string    // the state that was kept last
	dropped uint64    // of the spool, that was complained about
}

// gathered is what was found up to a place in each sensor's records.
type gathered struct {
	reports   [][]byte
	state     []byte
	hindsight uint64
}

func newReporter(c *client.Client, s *spool.Spool, log *slog.Logger) *reporter {
	for _, d := range s.Damage() {
		log.Error("what waited for the hub is damaged", "damage", d)
	}
	return &reporter{
		client: c, log: log, spool: s, kept: string(s.State()), dropped: s.Dropped(),
		wake: make(chan struct{}, 1), keeping: make(chan struct{}, 1), sending: make(chan struct{}, 1),
	}
}

// progress is how far the sensors had been read for what was kept last.
func (r *reporter) progress() (p progress, err error) {
	if r.kept == "" {
		return p, nil
	}
	if err := json.Unmarshal([]byte(r.kept), &p); err != nil {
		return p, fmt.Errorf("read how far telemetry has been read: %w; remove the spool directory to begin anew", err)
	}
	return p, nil
}

func (r *reporter) nudge() {
	select {
	case r.wake <- struct{}{}:
	default: // it is awake already
	}
}

// reportLoop sends what is new when it comes, and all counts once a batch.
func (e *Edge) reportLoop(ctx context.Context) error {
	batch := time.NewTicker(e.cfg.Batch)
	defer batch.Stop()
	failing := false
	for {
		all := false
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-e.reporter.wake:
		case <-batch.C:
			all = true
		}
		err := e.flush(ctx, all)
		if err != nil && ctx.Err() == nil && !failing {
			e.cfg.Logger.Warn("report to the hub failed, it is kept and will be tried again", "error", err)
		}
		failing = err != nil // the next batch is the next try
	}
}

// flush keeps what has been found and sends what is kept; without all, of what
// is known only what is new.
func (e *Edge) flush(ctx context.Context, all bool) error {
	return errors.Join(e.keep(ctx, all), e.reporter.send(ctx))
}

// keep has reports of what was found since the last time on disk, together with
// how far was read. If the disk does not take them, nothing more is taken out of
// the counts, which go on, until it does.
func (e *Edge) keep(ctx context.Context, all bool) error {
	r := e.reporter
	select {
	case r.keeping <- struct{}{}:
		defer func() { <-r.keeping }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if r.unkept == nil {
		g, err := e.gather(all)
		if err != nil {
			return err
		}
		if len(g.reports) == 0 && (!all || string(g.state) == r.kept) {
			return nil
		}
		r.unkept = &g
	}
	if err := r.spool.Append(r.unkept.reports, r.unkept.state); err != nil {
		return fmt.Errorf("keep what was found: %w", err)
	}
	e.past.Stored(r.unkept.hindsight)
	r.kept, r.unkept = string(r.unkept.state), nil
	if n := r.spool.Dropped(); n > r.dropped {
		r.log.Error("reports dropped: the hub has been away for too long", "dropped", n)
		r.dropped = n
	}
	return nil
}

// gather makes reports of what has been found since the last time.
func (e *Edge) gather(all bool) (g gathered, err error) {
	e.reading.Lock()
	suspects, scans := e.detect.Take()
	e.suspect(suspects)
	seen := append(suspects, e.hits.take(all)...)
	at := progress{Sensors: map[string]sensors.Position{}, Hindsight: e.past.Mark()}
	for _, s := range e.sensors {
		if p, ok := s.Position(s.end, s.line); ok {
			at.Sensors[s.Place.String()] = p
		}
	}
	e.reading.Unlock()
	g.hindsight = at.Hindsight
	// What has something attached goes by itself, under the owner's marking.
	attached := slices.DeleteFunc(slices.Clone(seen), func(s sighting.Sighting) bool { return len(s.Attached) == 0 })
	seen = slices.DeleteFunc(seen, func(s sighting.Sighting) bool { return len(s.Attached) > 0 })
	err = errors.Join(g.report("", seen, scans), g.report(string(e.cfg.Attach.TLP), attached, nil))
	if err != nil {
		return g, fmt.Errorf("write a report: %w", err)
	}
	g.state, err = json.Marshal(at, json.Deterministic(true))
	return g, err
}

// report adds reports of what was found, as many as it takes.
func (g *gathered) report(tlp string, seen []sighting.Sighting, scans []sighting.Scan) error {
	for len(seen)+len(scans) > 0 {
		report := sighting.Report{ID: uuid.NewString(), TLP: tlp}
		n := min(len(seen), maxFindings)
		report.Sightings, seen = seen[:n:n], seen[n:]
		n = min(len(scans), maxFindings-n)
		report.Scans, scans = scans[:n:n], scans[n:]
		text, err := json.Marshal(report, json.Deterministic(true))
		if err != nil {
			return err
		}
		g.reports = append(g.reports, text)
	}
	return nil
}

// send empties the spool; what the hub refuses for good is logged and dropped,
// for it would be refused again.
func (r *reporter) send(ctx context.Context) error {
	select {
	case r.sending <- struct{}{}:
		defer func() { <-r.sending }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		id, text, err := r.spool.Next()
		if errors.Is(err, spool.ErrEmpty) {
			return nil
		}
		if err != nil {
			return err
		}
		err = r.client.Post(ctx, "/sightings", jsontext.Value(text), nil)
		var problem *client.Problem
		if errors.As(err, &problem) && problem.Final() {
			r.log.Error("report refused by the hub", "report", id, "error", err)
		} else if err != nil {
			return err
		}
		if err := r.spool.Done(id); err != nil {
			return err
		}
	}
}
