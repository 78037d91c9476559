// Package metrics is what a hub says of itself to Prometheus: how many entries it
// takes and how fast, how far its views lag, who follows, what waits and what
// fails, and what is left of its disk. All are sums over the whole hub: none names
// a partner, a value, a case or a marking, so that whoever watches the machine
// learns nothing of what is shared on it.
package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts, and gives the counts out. Its methods may be called from many
// goroutines at once.
type Metrics struct {
	registry *prometheus.Registry
	appended prometheus.Histogram
	refused  *prometheus.CounterVec
	requests *prometheus.CounterVec
	hungUp   prometheus.Counter
}

// Why an append was not taken.
const (
	DiskLow     = "disk low"    // the hub keeps what is free for what is urgent
	Unavailable = "unavailable" // the storage is full or fails
	Other       = "other"       // invalid, overtaken, or its caller left
)

// appendBuckets reach from one quiet fsync to a disk that stands still, in seconds.
var appendBuckets = []float64{.00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// New makes the metrics of one hub. state is asked at every scrape.
func New(state func() State) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		appended: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tocsin_append_seconds", Help: "Time from an append to the ledger until it is on disk.", Buckets: appendBuckets,
		}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tocsin_appends_refused_total", Help: "Appends to the ledger that were not taken, by reason.",
		}, []string{"reason"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tocsin_http_requests_total", Help: "HTTP requests by the part of the hub that they are for, and what became of them.",
		}, []string{"surface", "outcome"}),
		hungUp: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tocsin_connections_refused_total", Help: "Connections beyond what one address may have, closed at once.",
		}),
	}
	for _, reason := range []string{DiskLow, Unavailable, Other} {
		m.refused.WithLabelValues(reason) // a rate needs a zero to begin with
	}
	for _, s := range Surfaces {
		for _, o := range outcomes {
			m.requests.WithLabelValues(s, o)
		}
	}
	m.registry.MustRegister(
		m.appended, m.refused, m.requests, m.hungUp, &collector{state},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewBuildInfoCollector(),
	)
	return m
}

// maxScrapes is how many may be answered at a time.
const maxScrapes = 2

// Handler gives the metrics in Prometheus' format. It asks nobody who they are.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes})
}

// Appended counts an append that is on disk, and how long it took.
func (m *Metrics) Appended(took time.Duration) { m.appended.Observe(took.Seconds()) }

// Refused counts an append that was not taken.
func (m *Metrics) Refused(reason string) { m.refused.WithLabelValues(reason).Inc() }

// HungUp counts a connection that was closed at once.
func (m *Metrics) HungUp() { m.hungUp.Inc() }
