package edge

import (
	"github.com/tocsin-project/tocsin/internal/hindsight"
	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/soc"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/watch"
)

// alert tells the partner's own SOC of a hit: there is where the record, the
// host and the place in the log belong. A SOC that is away holds nobody up.
func (e *Edge) alert(s *sensor, event *telemetry.Event, h *watch.Hit) {
	if len(e.cfg.SOC) == 0 {
		return
	}
	a := soc.Alert{
		Time: event.Time, Value: observable.Value{Type: h.Indicator.Type, Text: h.Value}, Field: h.Field, Kind: event.Kind,
		Log: s.place.From, Source: event.Source, Target: event.Target,
	}
	a.Line, a.Offset = s.Where(event)
	e.tell(a, h.Indicator)
}

// tellPast tells it of what was seen before the indicator was known.
func (e *Edge) tellPast(i match.Indicator, p hindsight.Past) {
	e.tell(soc.Alert{Time: p.Last, First: p.First, Value: p.Value, Past: true, Count: p.Count}, i)
}

func (e *Edge) tell(a soc.Alert, i match.Indicator) {
	a.Indicator.ID = i.ID
	if p, ok := e.enforcer.protection(i.ID); ok {
		a.Polarity, a.Indicator.Name, a.Indicator.Reason = soc.Polarity(p.Polarity), p.Value.Text, p.Reason
	}
	for _, sink := range e.cfg.SOC {
		_ = sink.Send(a) // it counts and logs what it drops
	}
}
