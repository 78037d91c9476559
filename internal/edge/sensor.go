package edge

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sensors"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/watch"
)

// sensor is one that is being read.
type sensor struct {
	*sensors.Sensor
	watcher    *watch.Watcher
	end        int64           // the byte after the last event that was processed
	line       int             // and that event's line
	stats      telemetry.Stats // when it last caught up
	complained bool            // about records that cannot be read
}

// openSensors opens each place where reading stood when what was seen was last
// kept.
func (e *Edge) openSensors(ctx context.Context) error {
	stood, err := e.reporter.progress()
	if err != nil {
		return err
	}
	for _, place := range e.cfg.Sensors {
		s := &sensor{watcher: e.watch.Watcher()}
		tell := func(text string) { e.cfg.Logger.Warn("telemetry", "from", place, "notice", text) }
		opened, err := sensors.Open(ctx, place, e.cfg.Stdin, stood.Sensors[place.String()], func() { e.caughtUp(s) }, tell)
		if err != nil {
			return err
		}
		s.Sensor = opened
		e.sensors = append(e.sensors, s)
	}
	return nil
}

// read takes one sensor's records in until they end or the context does.
func (e *Edge) read(ctx context.Context, s *sensor) error {
	for ctx.Err() == nil {
		event, err := s.Next()
		if errors.Is(err, io.EOF) {
			e.caughtUp(s)
			return nil
		}
		if err != nil {
			return fmt.Errorf("read telemetry from %s: %w", s.Place, err)
		}
		if !s.Known(event) {
			e.process(s, event)
		}
	}
	return ctx.Err()
}

// caughtUp tells others that every record so far has been processed. It is also
// called while the sensor is being opened.
func (e *Edge) caughtUp(s *sensor) {
	if s.Sensor == nil {
		return
	}
	stats := s.Stats()
	if len(stats.Samples) > 0 && !s.complained {
		s.complained = true
		first := stats.Samples[0]
		e.cfg.Logger.Warn("telemetry has records that cannot be read, they are passed over",
			"from", s.Place, "line", first.Line, "offset", first.Offset, "reason", first.Reason)
	}
	e.reading.Lock()
	e.lines += uint64(stats.Lines - s.stats.Lines) //nolint:gosec // it only rises
	s.stats = stats
	lines := e.lines
	e.reading.Unlock()
	e.seen.Raise(lines)
	e.reporter.nudge()
}

// process feeds one event to the indicators, the detector and the memory of what
// was seen. Sensors look indicators up side by side.
func (e *Edge) process(s *sensor, event *telemetry.Event) {
	ref := e.events.Add(1)
	if event.Time.IsZero() {
		event.Time = e.cfg.Clock() // a record without a time was seen now
	}
	hits := s.watcher.Hits(event, ref)
	e.reading.Lock()
	defer e.reading.Unlock()
	e.detectIn(event)
	first, told := false, false
	for i := range hits {
		if !hits[i].Own {
			first = e.hits.add(countedAs(&hits[i]), ref, event.Source, event.Time, e.attachedOf(event)) || first
			told = true
		}
		e.alert(s, event, &hits[i])
	}
	if !told {
		for i := range event.Observables {
			e.past.Note(event.Observables[i].Value, event.Source, event.Time)
		}
	}
	s.end, s.line = event.End, event.Line
	if first {
		e.reporter.nudge()
	}
}

// countedAs is the value that a hit is reported as: the indicator's own, not
// what was seen. A pattern's is its id, for what satisfied it stays here.
func countedAs(h *watch.Hit) observable.Value {
	if h.Pattern {
		return observable.Value{Type: observable.Indicator, Text: h.Indicator.ID}
	}
	return h.Indicator.Value
}

// detectIn looks for hosts that scan, and for what they share.
func (e *Edge) detectIn(event *telemetry.Event) {
	switch event.Kind {
	case telemetry.Flow:
		if event.Contact {
			e.detect.Contact(event.Source, event.Target, event.TargetPort, event.Failed, event.Time)
		}
	case telemetry.DNS, telemetry.File:
		for i := range event.Observables {
			seen := &event.Observables[i]
			switch {
			case event.Kind == telemetry.DNS && seen.Type == observable.Domain:
				e.detect.Asked(event.Source, seen.Value, event.NXDomain, event.Time)
			case event.Kind == telemetry.File && seen.Type == observable.SHA256:
				e.detect.File(event.Target, seen.Value, event.Time)
			}
		}
	}
}
