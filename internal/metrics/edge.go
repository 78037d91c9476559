package metrics

import (
	"fmt"
	"strings"
	"time"
)

// Edge is the few figures of an edge that somebody is woken for. They name no sensor,
// no value and no partner.
type Edge struct {
	Written        time.Time
	Events         uint64
	Indicators     int64
	IndicatorsLeft uint64
	Protections    int64
	ReportsWaiting int
	BytesWaiting   int64
	ReportsDropped uint64
	HitsDropped    uint64
}

// Text is the figures in Prometheus' text format, for the textfile collector of its
// node exporter: so an edge listens nowhere.
func (e Edge) Text() []byte {
	var text strings.Builder
	for _, one := range []struct {
		name, kind, help string
		value            float64
	}{
		{"written_timestamp_seconds", "gauge", "When these figures were written: those of an edge that is gone stand still.", float64(e.Written.UnixMilli()) / 1000},
		{"events_total", "counter", "Events that were read from sensors since the start.", float64(e.Events)},
		{"indicators", "gauge", "Values of indicators of the hub's partners that are matched.", float64(e.Indicators)},
		{"indicators_left_total", "counter", "Indicators that could not be taken since the start.", float64(e.IndicatorsLeft)},
		{"protections", "gauge", "Protections of the hub that are known.", float64(e.Protections)},
		{"reports_waiting", "gauge", "Reports that the hub has not acknowledged.", float64(e.ReportsWaiting)},
		{"reports_waiting_bytes", "gauge", "Their size on disk.", float64(e.BytesWaiting)},
		{"reports_dropped_total", "counter", "Reports that had to give way for newer ones, ever.", float64(e.ReportsDropped)},
		{"soc_dropped_total", "counter", "Hits that the partner's own tools were not told since the start.", float64(e.HitsDropped)},
	} {
		fmt.Fprintf(&text, "# HELP tocsin_edge_%[1]s %[2]s\n# TYPE tocsin_edge_%[1]s %[3]s\ntocsin_edge_%[1]s %[4]v\n", one.name, one.help, one.kind, one.value)
	}
	return []byte(text.String())
}
