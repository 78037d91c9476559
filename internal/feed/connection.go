package feed

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// KindConnected is the ledger entry whose body is a Connection.
const KindConnected ledger.Kind = "outlet.connected"

// Connection is an engine that a partner has connected to the hub, and where
// it wants to be told of changes.
type Connection struct {
	Engine  string           `json:"engine"`
	Notify  netip.AddrPort   `json:"notify"` // DNS NOTIFY goes there
	Partner access.PartnerID `json:"partner,omitempty"`
	At      time.Time        `json:"at,omitzero"` // when the ledger accepted it
}

// maxConnections is how many engines one partner may have told of changes.
const maxConnections = 64

// Connections is the view of the connected engines. Its methods may be called
// from many goroutines at once.
type Connections struct {
	mu   sync.RWMutex
	list []Connection
}

// Connect drafts a partner's connection. asker is the address that the call
// came from: an engine is told of changes only there, so that a partner cannot
// have the hub send to somebody else.
func (c *Connections) Connect(who access.Principal, engine string, notify netip.AddrPort, asker netip.Addr) (ledger.Draft, error) {
	if !slices.Contains(Engines(), engine) {
		return ledger.Draft{}, fmt.Errorf("connect: %w: unknown engine %q: use one of %v", access.ErrInvalid, engine, Engines())
	}
	if !notify.IsValid() || notify.Port() == 0 {
		return ledger.Draft{}, fmt.Errorf("connect %s: %w: notify needs an address and a port", engine, access.ErrInvalid)
	}
	if notify.Addr().Unmap() != asker.Unmap() {
		return ledger.Draft{}, fmt.Errorf("connect %s: %w: the hub tells an engine of changes only at the address that the request came from, which is %s: send it from %s", engine, access.ErrForbidden, asker, notify.Addr())
	}
	if c.count(who.Partner) >= maxConnections {
		return ledger.Draft{}, fmt.Errorf("connect %s: %w: the partner has %d engines connected, which is the most", engine, access.ErrConflict, maxConnections)
	}
	return ledger.NewDraft(KindConnected, who.Actor(), access.Audience{TLP: access.Red}.String(), Connection{Engine: engine, Notify: notify})
}

// Apply folds an entry and leaves alone kinds that do not concern it. A partner
// that has left is told of nothing more.
func (c *Connections) Apply(e ledger.Entry) error {
	switch e.Kind {
	case access.KindPartnerLeft:
		return ledger.Fold(e, func(_ ledger.Entry, gone access.Departure) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.list = slices.DeleteFunc(c.list, func(one Connection) bool { return one.Partner == gone.Partner })
		})
	case KindConnected:
		return ledger.Fold(e, c.connected)
	}
	return nil
}

func (c *Connections) connected(e ledger.Entry, one Connection) {
	one.Partner, one.At = access.PartnerID(e.Actor), e.Time
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = slices.DeleteFunc(c.list, func(old Connection) bool {
		return old.Notify == one.Notify && old.Partner == one.Partner
	})
	c.list = append(c.list, one)
}

// Notify lists where to tell of changes.
func (c *Connections) Notify() []netip.AddrPort {
	c.mu.RLock()
	defer c.mu.RUnlock()
	targets := make([]netip.AddrPort, 0, len(c.list))
	for _, one := range c.list {
		if !slices.Contains(targets, one.Notify) {
			targets = append(targets, one.Notify)
		}
	}
	return targets
}

func (c *Connections) count(partner access.PartnerID) int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	n := 0
	for _, one := range c.list {
		if one.Partner == partner {
			n++
		}
	}
	return n
}
