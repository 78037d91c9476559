package edge

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sensors"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/watch"
)

// sensor is one that is being read.
type sensor struct {
	*sensors.Sensor // nil: it is not open
	place           sensors.Place
	from            sensors.Position // where it was opened, or has to be
	watcher         *watch.Watcher
	asker           *Asker
	end             int64           // the byte after the last event that was processed
	line            int             // and that event's line
	stats           telemetry.Stats // when it last caught up
	complained      bool            // about records that cannot be read
}

// newSensors are the places to read, with where reading stood when what was
// seen was last kept.
func (e *Edge) newSensors() error {
	stood, err := e.reporter.progress()
	if err != nil {
		return err
	}
	for _, place := range e.cfg.Sensors {
		s := &sensor{place: place, from: stood.Sensors[place.String()], watcher: e.watch.Watcher()}
		s.asker = e.bootstrap.Asker(func(a Answer) { e.answered(s, a) })
		e.sensors = append(e.sensors, s)
	}
	return nil
}

const (
	firstRetry = 10 * time.Second // before a sensor that failed is read again,
	lastRetry  = 10 * time.Minute // doubling up to this
)

// read takes one sensor's records in until they end or the context does. A place
// that cannot be opened at the start is an error: it was named wrongly. One that
// fails later is tried again, and keeps nobody else from working.
func (e *Edge) read(ctx context.Context, s *sensor) error {
	pause := firstRetry
	for opened := false; ; opened = true {
		tell := func(text string) { e.cfg.Logger.Warn("telemetry", "from", s.place, "notice", text) }
		source, err := sensors.Open(ctx, s.place, e.cfg.Stdin, s.from, func() { e.caughtUp(s) }, tell)
		if err != nil && !opened {
			return err
		}
		if err == nil {
			e.reading.Lock()
			s.Sensor, s.stats, s.end, s.line = source, telemetry.Stats{}, 0, 0
			e.reading.Unlock()
			before := e.events.Load()
			if err = e.readOpen(ctx, s); err == nil || ctx.Err() != nil {
				return err
			}
			if e.events.Load() > before {
				pause = firstRetry
			}
		}
		e.cfg.Logger.Error("telemetry cannot be read, will be tried again", "from", s.place, "error", err, "in", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
		pause = min(2*pause, lastRetry)
	}
}

// readOpen reads until the end, which is no error, and closes the place. Where
// it stood is where it is opened again.
func (e *Edge) readOpen(ctx context.Context, s *sensor) (err error) {
	defer func() {
		e.reading.Lock()
		s.from, _ = s.position()
		source := s.Sensor
		s.Sensor = nil
		e.reading.Unlock()
		if failed := source.Close(); failed != nil && err == nil {
			err = failed
		}
	}()
	for ctx.Err() == nil {
		event, err := s.Next()
		if errors.Is(err, io.EOF) {
			e.caughtUp(s)
			return nil
		}
		if err != nil {
			return err
		}
		if !s.Known(event) {
			e.process(s, event)
		}
	}
	return ctx.Err()
}

// position is where reading has to go on; ok is false where it cannot.
func (s *sensor) position() (p sensors.Position, ok bool) {
	if s.Sensor == nil || s.end == 0 { // nothing was processed since it was opened
		return s.from, s.from != sensors.Position{}
	}
	return s.Position(s.end, s.line)
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
			"from", s.place, "line", first.Line, "offset", first.Offset, "reason", first.Reason)
	}
	e.reading.Lock()
	e.lines += uint64(stats.Lines - s.stats.Lines)
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
	learned := e.learned.Load()
	hits := s.watcher.Hits(event, ref)
	waits := s.asker.Ask(event, ref, hits)
	e.reading.Lock()
	defer e.reading.Unlock()
	if e.learned.Load() != learned { // what is new by now has been looked back for without this event
		hits = s.watcher.Renewed(event)
	}
	e.detectIn(event)
	e.filesIn(event)
	first := false
	for i := range hits {
		if !hits[i].Own {
			first = e.hits.add(countedAs(&hits[i]), stixID(hits[i].Indicator), ref, event.Source, event.Time, e.attachedOf(event)) || first
		}
		e.alert(s, event, &hits[i])
	}
	for i := range event.Observables {
		if seen := &event.Observables[i]; !counted(hits, seen) && (waits == nil || !waits[i]) && !shownBefore(event, i) {
			e.past.Note(seen.Value, event.Source, event.Time)
		}
	}
	s.end, s.line = event.End, event.Line
	if first {
		e.reporter.nudge()
	}
}

// answered takes what the hub named in an event that waited, and looks the rest
// up in what the stream has brought meanwhile.
func (e *Edge) answered(s *sensor, a Answer) {
	index := e.learner.current.Load().Index
	e.reading.Lock()
	defer e.reading.Unlock()
	first := false
	take := func(h *watch.Hit) {
		first = e.hits.add(countedAs(h), stixID(h.Indicator), a.Ref, a.Event.Source, a.Event.Time, e.attachedOf(a.Event)) || first
		e.alert(s, a.Event, h)
	}
	for i := range a.Hits {
		take(&a.Hits[i])
	}
	for _, i := range a.Open {
		seen, found := &a.Event.Observables[i], false
		index.All(seen.Value, func(ind match.Indicator) bool {
			take(&watch.Hit{Indicator: ind, Value: seen.Raw, Field: seen.Field})
			found = true
			return true
		})
		if !found {
			e.past.Note(seen.Value, a.Event.Source, a.Event.Time)
		}
	}
	if first {
		e.reporter.nudge()
	}
}

// shownBefore says that the event shows the value in an earlier field, too: it
// is remembered once.
func shownBefore(event *telemetry.Event, i int) bool {
	for j := range i {
		if event.Observables[j].Value == event.Observables[i].Value {
			return true
		}
	}
	return false
}

// counted says that a value was counted for an indicator that names it: it need
// not be looked for in the past. A pattern's hit says nothing of single values.
func counted(hits []watch.Hit, seen *telemetry.Seen) bool {
	for i := range hits {
		if h := &hits[i]; !h.Own && !h.Pattern && h.Field == seen.Field && h.Value == seen.Raw {
			return true
		}
	}
	return false
}

// countedAs is the value that a hit is reported as: the indicator's own, not
// what was seen. A pattern's is its id, for what satisfied it stays here.
func countedAs(h *watch.Hit) observable.Value {
	if h.Pattern {
		return observable.Value{Type: observable.Indicator, Text: h.Indicator.ID}
	}
	return h.Indicator.Value
}

// stixID is the id under which other partners know an indicator; none of a
// protection.
func stixID(i match.Indicator) string {
	if strings.HasPrefix(i.ID, "indicator--") {
		return i.ID
	}
	return ""
}
