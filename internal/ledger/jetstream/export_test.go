package jetstream

import (
	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
)

// Connect gives tests the node's own connection.
func (n *Node) Connect() (*nats.Conn, error) { return n.connect() }

// Acknowledged says whether JetStream's answer to a message is that it is stored.
func Acknowledged(answer []byte) bool {
	var ack acknowledgement
	return json.Unmarshal(answer, &ack) == nil && ack.Error == nil && ack.Seq > 0
}
