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
	Notify  netip.AddrPort   `json:"notify"`          // DNS NOTIFY goes there
	Reach   Reach            `json:"reach,omitempty"` // who asks the engine; its transfer key follows from that
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
func (c *Connections) Connect(who access.Principal, engine string, reach Reach, notify netip.AddrPort, asker netip.Addr) (ledger.Draft, error) {
	if !slices.Contains(Engines(), engine) {
		return ledger.Draft{}, fmt.Errorf("connect: %w: unknown engine %q: use one of %v", access.ErrInvalid, engine, Engines())
	}
	if !Notified(engine) {
		return ledger.Draft{}, fmt.Errorf("connect %s: %w: it takes no DNS NOTIFY, and asks for changes by itself", engine, access.ErrInvalid)
	}
	reach, err := ParseReach(string(reach))
	if err != nil {
		return ledger.Draft{}, fmt.Errorf("connect %s: %w", engine, err)
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
	return ledger.NewDraft(KindConnected, who.Actor(), access.Audience{TLP: access.Red}.String(), Connection{Engine: engine, Notify: notify, Reach: reach})
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

// List gives the connections, the first first.
func (c *Connections) List() []Connection {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Clone(c.list)
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
