package jetstream

import (
	"time"
	_ "unsafe" // for go:linkname
)

// The server waits 4 to 9 s without a leader before it chooses another, for the
// clusters of several continents, and offers no setting. Nodes of one hub are close to
// each other: 2 to 4 s are twice and four times the leader's heartbeat of a second. What
// is appended is safe whatever these are (Raft); a node that is slow for so long costs an
// election. Where a later server names them otherwise its own times stay: the linked
// variables are then nobody's, and TestElectionTimes fails.

//go:linkname minElection github.com/nats-io/nats-server/v2/server.minElectionTimeout
var minElection time.Duration

//go:linkname maxElection github.com/nats-io/nats-server/v2/server.maxElectionTimeout
var maxElection time.Duration

const (
	serversMinElection = 4 * time.Second
	serversMaxElection = 9 * time.Second
)

func init() {
	if minElection == serversMinElection && maxElection == serversMaxElection {
		minElection, maxElection = 2*time.Second, 4*time.Second
	}
}
