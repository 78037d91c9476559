package edge

import (
	"log/slog"
	"strconv"
	"testing"

	"github.com/tocsin-project/tocsin/internal/sighting"
)

// While the hub is away for very long the oldest findings give way, and are
// counted.
func TestQueueIsBounded(t *testing.T) {
	r := newReporter(nil, slog.New(slog.DiscardHandler))
	const each, reports = 700, 200
	for i := range reports {
		r.add(sighting.Report{ID: strconv.Itoa(i), Sightings: make([]sighting.Sighting, each-1), Scans: make([]sighting.Scan, 1)})
	}
	kept := maxQueued / each
	if len(r.queue) != kept || r.waiting != kept*each || r.dropped != uint64((reports-kept)*each) {
		t.Errorf("%d reports with %d findings wait, %d were dropped; want %d, %d, %d", len(r.queue), r.waiting, r.dropped, kept, kept*each, (reports-kept)*each)
	}
	if first := r.queue[0].ID; first != strconv.Itoa(reports-kept) {
		t.Errorf("the oldest that waits is %s: not the oldest gave way", first)
	}
	r.sent("0") // gave way while it was being sent
	if len(r.queue) != kept {
		t.Error("the answer to a report that gave way took out another")
	}
}
