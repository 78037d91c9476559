package metrics_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/tocsin-project/tocsin/internal/metrics"
)

// What an edge writes is what Prometheus reads, named as it wants names.
func TestFiguresOfAnEdge(t *testing.T) {
	text := metrics.Edge{Written: time.UnixMilli(1500), Events: 1 << 40, Indicators: 2, IndicatorsLeft: 3, Protections: 4, ReportsWaiting: 5, BytesWaiting: 6, ReportsDropped: 7, HitsDropped: 8}.Text()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for name, want := range map[string]float64{
		"written_timestamp_seconds": 1.5, "events_total": 1 << 40, "indicators": 2, "indicators_left_total": 3, "protections": 4,
		"reports_waiting": 5, "reports_waiting_bytes": 6, "reports_dropped_total": 7, "soc_dropped_total": 8,
	} {
		f := families["tocsin_edge_"+name]
		if f == nil || len(f.Metric) != 1 || f.Metric[0].GetGauge().GetValue()+f.Metric[0].GetCounter().GetValue() != want {
			t.Errorf("%s is %v, want %v", name, f, want)
		}
		delete(families, "tocsin_edge_"+name)
	}
	if len(families) > 0 {
		t.Errorf("there are others: %v", families)
	}
	if problems, err := promlint.New(bytes.NewReader(text)).Lint(); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}
