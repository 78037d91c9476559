package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/sensors"
	"github.com/tocsin-project/tocsin/internal/sighting"
	"github.com/tocsin-project/tocsin/internal/spool"
)

// maxFindings is how many findings the hub takes in one report.
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
	wake   chan struct{} // something is to be kept
	kept   chan struct{} // something is to be sent

	keeping chan struct{} // held by the one that gathers and keeps
	sending chan struct{} // held by the one sender: it keeps the order
	spool   *spool.Spool
	unkept  *gathered // what the disk did not take; the next try is its
	state   string    // that was kept last
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
		client: c, log: log, spool: s, state: string(s.State()), dropped: s.Dropped(),
		wake: make(chan struct{}, 1), kept: make(chan struct{}, 1), keeping: make(chan struct{}, 1), sending: make(chan struct{}, 1),
	}
}

// progress is how far the sensors had been read for what was kept last.
func (r *reporter) progress() (p progress, err error) {
	if r.state == "" {
		return p, nil
	}
	if err := json.Unmarshal([]byte(r.state), &p); err != nil {
		return p, fmt.Errorf("read how far telemetry has been read: %w; remove the spool directory to begin anew", err)
	}
	return p, nil
}

func (r *reporter) nudge() { nudge(r.wake) }

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is awake already
	}
}

// keepLoop keeps what was found: at once for the first of an indicator, else once
// a batch.
func (e *Edge) keepLoop(ctx context.Context) error {
	beat := time.NewTicker(e.cfg.Batch)
	defer beat.Stop()
	failing := false
	for {
		batch := false
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-e.reporter.wake:
		case <-beat.C:
			batch = true
		}
		err := e.keep(ctx, batch)
		if err != nil && ctx.Err() == nil && !failing {
			e.cfg.Logger.Error("what was found cannot be kept on disk, it is held in memory and will be tried again", "error", err)
		}
		failing = err != nil // the next batch is the next try
		nudge(e.reporter.kept)
	}
}

// sendLoop sends what is kept. A hub that takes its time holds up nothing else.
func (e *Edge) sendLoop(ctx context.Context) error {
	failing := false
	for {
		err := e.reporter.send(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			e.cfg.Logger.Warn("report to the hub failed, it is kept and will be tried again", "error", err)
		}
		if failing = err != nil; failing {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(e.cfg.Batch):
			}
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-e.reporter.kept:
		}
	}
}

// flush keeps what has been found and sends what is kept.
func (e *Edge) flush(ctx context.Context, batch bool) error {
	return errors.Join(e.keep(ctx, batch), e.reporter.send(ctx))
}

// keep has reports of what was found since the last time on disk, together with
// how far was read. If the disk does not take them, nothing more is taken out of
// the counts, which go on, until it does. At the end of a batch it keeps how far was
// read even where nothing was found.
func (e *Edge) keep(ctx context.Context, batch bool) error {
	r := e.reporter
	select {
	case r.keeping <- struct{}{}:
		defer func() { <-r.keeping }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if r.unkept == nil {
		g, err := e.gather(batch)
		if err != nil {
			return err
		}
		if len(g.reports) == 0 && (!batch || string(g.state) == r.state) {
			return nil
		}
		r.unkept = &g
	}
	if err := r.append(r.unkept.reports, r.unkept.state); err != nil {
		return fmt.Errorf("keep what was found: %w", err)
	}
	e.past.Stored(r.unkept.hindsight)
	r.state, r.unkept = string(r.unkept.state), nil
	if n := r.spool.Dropped(); n > r.dropped {
		r.log.Error("reports dropped: the hub has been away for too long", "dropped", n)
		r.dropped = n
	}
	return nil
}

// gather makes reports of what has been found since the last time.
func (e *Edge) gather(batch bool) (g gathered, err error) {
	e.reading.Lock()
	suspects, scans := e.detect.Take()
	named, scans := e.scanning(scans)
	encryptions := e.encrypted()
	e.suspect(suspects)
	seen := append(suspects, e.hits.take(batch)...)
	at := progress{Sensors: map[string]sensors.Position{}, Hindsight: e.past.Mark()}
	for _, s := range e.sensors {
		if p, ok := s.position(); ok {
			at.Sensors[s.place.String()] = p
		}
	}
	e.reading.Unlock()
	g.hindsight = at.Hindsight
	// What has something attached goes by itself, under the owner's marking.
	attached := slices.DeleteFunc(slices.Clone(seen), func(s sighting.Sighting) bool { return len(s.Attached) == 0 })
	seen = slices.DeleteFunc(seen, func(s sighting.Sighting) bool { return len(s.Attached) > 0 })
	g.report("", seen, scans, encryptions, e.cfg.Logger)
	g.report(string(e.cfg.Attach.TLP), attached, named, nil, e.cfg.Logger)
	g.state, err = json.Marshal(at, json.Deterministic(true))
	return g, err
}

// append keeps reports and the state together. Only where they are more than the
// spool may become are they kept one half after the other.
func (r *reporter) append(reports [][]byte, state []byte) error {
	err := r.spool.Append(reports, state)
	if !errors.Is(err, spool.ErrTooLarge) || len(reports) < 2 {
		return err
	}
	if err := r.append(reports[:len(reports)/2], []byte(r.state)); err != nil {
		return err
	}
	return r.append(reports[len(reports)/2:], state)
}

// maxReport is how many bytes of findings go into one report: the hub takes a
// megabyte.
const maxReport = 800 << 10

// report adds reports of what was found, as many as it takes. A finding that
// cannot be written is left out by itself.
func (g *gathered) report(tlp string, seen []sighting.Sighting, scans []sighting.Scan, encryptions []sighting.Encryption, log *slog.Logger) {
	var report sighting.Report
	size := 0
	finish := func() {
		if report.Findings() == 0 {
			return
		}
		report.ID, report.TLP = uuid.NewString(), tlp
		if text, err := json.Marshal(report, json.Deterministic(true)); err != nil {
			log.Error("a report cannot be written and is left out", "error", err)
		} else {
			g.reports = append(g.reports, text)
		}
		report, size = sighting.Report{}, 0
	}
	room := func(one any) bool {
		text, err := json.Marshal(one)
		if err != nil {
			log.Error("a finding cannot be written and is left out", "error", err)
			return false
		}
		if size+len(text) > maxReport || report.Findings() == maxFindings {
			finish()
		}
		size += len(text)
		return true
	}
	for i := range seen {
		if room(seen[i]) {
			report.Sightings = append(report.Sightings, seen[i])
		}
	}
	for i := range scans {
		if room(scans[i]) {
			report.Scans = append(report.Scans, scans[i])
		}
	}
	for i := range encryptions {
		if room(encryptions[i]) {
			report.Encryptions = append(report.Encryptions, encryptions[i])
		}
	}
	finish()
}
