package hub

import (
	"context"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// numbering is how the nodes of a cluster give what they publish the same numbers: the
// one that leads appends a number, and every node publishes when it comes to it on the
// ledger. A hub that is one machine has none.
type numbering interface {
	// Leads says whether this node may number; it may have stopped leading when
	// Append comes to it, which then fails.
	Leads() bool
	// Changed tells that Leads may say something else, if somebody listens.
	Changed() <-chan struct{}
	// Append gives the entries once they are on a majority of disks; an error that is
	// ledger.ErrUnavailable leaves open whether they are.
	Append(ctx context.Context, drafts ...ledger.Draft) ([]ledger.Entry, error)
}

// kindNumbered closes a round of what is published: everything that stands before it on
// the ledger, and after the number before, every node publishes under this number.
const kindNumbered ledger.Kind = "outlets.numbered"

// number is the body of its entries. What is counted and decided by the clock is in it,
// so that nothing of what is published depends on the clock of a node.
type number struct {
	Serial uint64    `json:"serial"`         // of the lists
	Zones  uint32    `json:"zones"`          // of the DNS zones, by RFC 1982
	At     time.Time `json:"at"`             // what runs out by then is no longer in force
	Turn   bool      `json:"turn,omitempty"` // the cold zones take their turn
}

// after says whether a number counts. One that is not later than the last is void: two
// nodes may have numbered at a hand-over.
func (n number) after(last number) bool {
	return n.Serial > last.Serial && (last.Serial == 0 || laterSerial(n.Zones, last.Zones))
}

// laterSerial compares serials as RFC 1982, section 3.2, does.
func laterSerial(a, b uint32) bool { return a != b && a-b < 1<<31 }

// next is the number after one, by the clock of the node that leads.
func (n number) next(now time.Time) number {
	if now.Before(n.At) {
		now = n.At
	}
	zones := n.Zones + 1
	if seconds := uint32(now.Unix()); laterSerial(seconds, zones) {
		zones = seconds
	}
	return number{Serial: serialAt(n.Serial, now), Zones: zones, At: now.UTC()}
}
