package jetstream

import (
	"fmt"

	"github.com/nats-io/nats.go"
)

// Tell sends a word to all nodes that hear of the topic, this one included. It may
// get lost: nothing that has to be true may depend on it.
func (l *Ledger) Tell(topic string, word []byte) error {
	if err := l.writes.Publish(l.names.node+topic, word); err != nil {
		return fmt.Errorf("tell the nodes: %w", err)
	}
	return nil
}

// Hear has fn called with what nodes tell under the topic, until the ledger is
// closed; fn must not block.
func (l *Ledger) Hear(topic string, fn func(word []byte)) error {
	if _, err := l.writes.Subscribe(l.names.node+topic, func(m *nats.Msg) { fn(m.Data) }); err != nil {
		return fmt.Errorf("hear of the nodes: %w", err)
	}
	return nil
}

// Name is the node's name in its cluster.
func (l *Ledger) Name() string { return l.node.Name() }
