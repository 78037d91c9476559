package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// State is what a hub knows of itself at one moment.
type State struct {
	Entries uint64 // on the ledger
	Folded  uint64 // of them, in the views that are kept in memory
	Shown   uint64 // of them, in the catalog
	Backlog int64  // bytes of contributions that are on disk and not in the catalog yet

	RebuildLeftBytes int64         // of entries, that a catalog that is being rebuilt lacks; 0: it is complete
	RebuildLeft      time.Duration // an estimate

	Followers int64 // of the change stream
	Blocks    int   // protections in force, by polarity
	Observes  int
	Musts     int
	// Unconfirmed are in force at the hub for a while, and at no outlet that says so.
	Unconfirmed int
	// Lagging are words of outlets that are not as the hub decided last.
	Lagging int

	NoticesWaiting  int // deliveries, those in quiet hours included
	ChannelsFailing int
	SourcesFailing  int
	LogFailing      bool // the public log stands still

	TransfersFull        uint64 // DNS zones
	TransfersIncremental uint64
	DNSRefused           uint64 // questions without a key, or with a bad one
	Notified             uint64 // DNS NOTIFY sent
	Acknowledged         uint64

	DiskFree    uint64 // bytes
	DiskReserve uint64 // bytes; below, nothing new is taken in
	Accepting   bool   // whether contributions are
	Ready       bool

	Leads     bool // it decides: of several nodes one, and a hub by itself always
	NodesAway int  // that this one does not hear of
}

// figure is one metric whose value follows from the State.
type figure struct {
	name, help string
	kind       prometheus.ValueType
	labels     prometheus.Labels
	value      func(State) float64
}

const (
	counter = prometheus.CounterValue
	gauge   = prometheus.GaugeValue
)

func label(name, value string) prometheus.Labels { return prometheus.Labels{name: value} }

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

const (
	lagHelp      = "Entries on the ledger that a view has not folded yet."
	inForceHelp  = "Protections in force."
	transferHelp = "DNS zones sent to resolvers, whole or what changed."
)

var figures = []figure{
	{"tocsin_ledger_entries_total", "Entries on the ledger.", counter, nil, func(s State) float64 { return float64(s.Entries) }},
	{"tocsin_view_lag_entries", lagHelp, gauge, label("view", "memory"), func(s State) float64 { return float64(s.Entries - min(s.Folded, s.Entries)) }},
	{"tocsin_view_lag_entries", lagHelp, gauge, label("view", "catalog"), func(s State) float64 { return float64(s.Entries - min(s.Shown, s.Entries)) }},
	{"tocsin_backlog_bytes", "Contributions that are on disk and cannot be found yet.", gauge, nil, func(s State) float64 { return float64(s.Backlog) }},
	{"tocsin_rebuild_left_bytes", "Bodies of entries that a catalog that is being rebuilt has not folded; 0: it is complete.", gauge, nil, func(s State) float64 { return float64(s.RebuildLeftBytes) }},
	{"tocsin_rebuild_left_seconds", "An estimate of how long the catalog is still being rebuilt.", gauge, nil, func(s State) float64 { return s.RebuildLeft.Seconds() }},
	{"tocsin_leads", "Whether this hub decides: of several nodes one does, and one by itself always.", gauge, nil, func(s State) float64 { return truth(s.Leads) }},
	{"tocsin_nodes_away", "Nodes of the cluster that this one does not hear of.", gauge, nil, func(s State) float64 { return float64(s.NodesAway) }},
	{"tocsin_stream_followers", "Readers of the change stream.", gauge, nil, func(s State) float64 { return float64(s.Followers) }},
	{"tocsin_protections_in_force", inForceHelp, gauge, label("polarity", "block"), func(s State) float64 { return float64(s.Blocks) }},
	{"tocsin_protections_in_force", inForceHelp, gauge, label("polarity", "observe"), func(s State) float64 { return float64(s.Observes) }},
	{"tocsin_protections_in_force", inForceHelp, gauge, label("polarity", "must-resolve"), func(s State) float64 { return float64(s.Musts) }},
	{"tocsin_protections_unconfirmed", "Protections in force for a minute and longer of which no outlet says that it has them.", gauge, nil, func(s State) float64 { return float64(s.Unconfirmed) }},
	{"tocsin_receipts_lagging", "Words of outlets that are not as the hub decided: gone where it is in force, in force where it ended.", gauge, nil, func(s State) float64 { return float64(s.Lagging) }},
	{"tocsin_notices_waiting", "Deliveries that wait to be sent, those in quiet hours and digests included.", gauge, nil, func(s State) float64 { return float64(s.NoticesWaiting) }},
	{"tocsin_channels_failing", "Channels whose last delivery was not taken.", gauge, nil, func(s State) float64 { return float64(s.ChannelsFailing) }},
	{"tocsin_sources_failing", "Sources whose last pull failed.", gauge, nil, func(s State) float64 { return float64(s.SourcesFailing) }},
	{"tocsin_public_log_failing", "1 while the public log stands still.", gauge, nil, func(s State) float64 { return truth(s.LogFailing) }},
	{"tocsin_dns_transfers_total", transferHelp, counter, label("kind", "full"), func(s State) float64 { return float64(s.TransfersFull) }},
	{"tocsin_dns_transfers_total", transferHelp, counter, label("kind", "incremental"), func(s State) float64 { return float64(s.TransfersIncremental) }},
	{"tocsin_dns_refused_total", "DNS questions without a key, or with a bad one.", counter, nil, func(s State) float64 { return float64(s.DNSRefused) }},
	{"tocsin_dns_notifies_total", "DNS NOTIFY sent, repetitions included.", counter, nil, func(s State) float64 { return float64(s.Notified) }},
	{"tocsin_dns_acknowledged_total", "Versions of zones that a resolver acknowledged.", counter, nil, func(s State) float64 { return float64(s.Acknowledged) }},
	{"tocsin_disk_free_bytes", "Free on the disk of the data directory.", gauge, nil, func(s State) float64 { return float64(s.DiskFree) }},
	{"tocsin_disk_reserve_bytes", "Kept free: with less, nothing new is taken in.", gauge, nil, func(s State) float64 { return float64(s.DiskReserve) }},
	{"tocsin_accepting", "1 while contributions are taken.", gauge, nil, func(s State) float64 { return truth(s.Accepting) }},
	{"tocsin_ready", "1 while /readyz says so.", gauge, nil, func(s State) float64 { return truth(s.Ready) }},
}

// collector asks for the state once a scrape.
type collector struct{ state func() State }

func (f figure) desc() *prometheus.Desc { return prometheus.NewDesc(f.name, f.help, nil, f.labels) }

// Describe implements prometheus.Collector.
func (*collector) Describe(to chan<- *prometheus.Desc) {
	for _, f := range figures {
		to <- f.desc()
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	now := c.state()
	for _, f := range figures {
		to <- prometheus.MustNewConstMetric(f.desc(), f.kind, f.value(now))
	}
}
