package jetstream

import (
	"testing"
	"time"
)

// TestElectionTimes fails where the server's times are no longer where they were, so
// that they could not be set.
func TestElectionTimes(t *testing.T) {
	if minElection != 2*time.Second || maxElection != 4*time.Second {
		t.Errorf("the server waits %s to %s without a leader: look where it keeps these times now", minElection, maxElection)
	}
}
