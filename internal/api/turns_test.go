package api

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/report"
)

// Who waits too long for a report is told when to come back.
func TestBusyWithReports(t *testing.T) {
	err := (&API{}).problem(fmt.Errorf("report: %w", report.Busy{After: 15 * time.Second}))
	waits, ok := err.(*waiting)
	if !ok || err.GetStatus() != http.StatusServiceUnavailable || waits.until != "15" {
		t.Errorf("told %v", err)
	}
}
