package jetstream

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

const (
	// MaxShared is the most bytes that a shared document may have.
	MaxShared = 64 << 10
	// sharedHeaders is room for what is published with it.
	sharedHeaders = 1 << 10
)

const headerExpectedSubject = "Nats-Expected-Last-Subject-Sequence"

// Names have no '_', so that '.' can become one in a subject.
var sharedName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,63}$`)

// Agree gives the document that all nodes have under the name, for good: the
// first one that any of them brought. A node that brings mine gets it back if
// it is the first, and otherwise what is there already. With mine nil there is
// nothing brought, and where nobody has before it fails with [ledger.ErrNoEntry].
// A document has 1 to [MaxShared] bytes, and its name lower-case letters,
// digits, '.' and '-', at most 64.
func (l *Ledger) Agree(ctx context.Context, name string, mine []byte) (agreed []byte, err error) {
	if agreed, err = l.agree(ctx, name, mine); err != nil {
		return nil, fmt.Errorf("agree on %s with the other nodes: %w", name, err)
	}
	return agreed, nil
}

func (l *Ledger) agree(ctx context.Context, name string, mine []byte) (agreed []byte, err error) {
	switch {
	case !sharedName.MatchString(name):
		return nil, fmt.Errorf("%w: %q is no name of a shared document", ledger.ErrInvalid, name)
	case mine != nil && len(mine) == 0 || len(mine) > MaxShared:
		return nil, fmt.Errorf("%w: it has %d bytes, from 1 to %d are allowed", ledger.ErrInvalid, len(mine), MaxShared)
	}
	if err := l.openShared(ctx); err != nil {
		return nil, err
	}
	subject := l.names.documents + strings.ReplaceAll(name, ".", "_")
	err = l.patiently(ctx, func() error {
		there, err := l.ofLeaderOf(ctx, l.names.shared, get{Last: subject})
		switch {
		case err != nil:
			return err
		case there != nil:
			agreed = there.Data
			return nil
		case mine == nil:
			return nil
		}
		// If somebody else is first this is refused, and the next try finds theirs.
		_, err = l.store(ctx, 1, 0, func(int) *nats.Msg {
			return &nats.Msg{Subject: subject, Data: mine, Header: nats.Header{headerExpectedSubject: {"0"}}}
		})
		if err == nil {
			agreed = mine
		}
		return err
	})
	if err == nil && agreed == nil {
		err = fmt.Errorf("%w: no node has brought it", ledger.ErrNoEntry)
	}
	return agreed, err
}

// openShared opens the stream of the shared documents, within the ledger's patience.
func (l *Ledger) openShared(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.patience)
	defer cancel()
	info, err := l.openStream(ctx, l.names.sharedConfig(l.node.copies))
	if err == nil {
		err = info.whole()
	}
	return err
}
