// Package nft keeps sets of the Linux packet filter (nftables), over netlink:
// packets from and to blocked addresses and prefixes are dropped, from the
// transaction on that puts them there.
//
// All is in one table of its own, "inet tocsin", so that nobody's rules are
// touched: three base chains (input, forward, output) whose policy is accept, and
// sets that their rules drop by. A drop is final whichever chain says it; what the
// table lets pass goes on to the owner's own rules.
//
// There is one hash set for single addresses and one for each length of prefix in
// use, looked up with the address under that length's mask. The kernel's interval
// sets would hold prefixes of all lengths at once, but take no two that overlap, and
// grow slow: one addition at a million took 115 s, to a hash set it takes
// microseconds. A packet pays one lookup for each length in use; the caps on what a
// rule may block leave few.
//
// An element's timeout is the protection's expiry, kept by the kernel: it goes when
// its time has come, though the edge be dead.
package nft

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Config is how to reach the packet filter. The zero Config is that of the
// process's own network namespace.
type Config struct {
	Table string           // of family inet; "tocsin" if empty
	NetNS int              // file descriptor of another network namespace; 0: the process's own
	Clock func() time.Time // time.Now if nil; expiries are counted from it
}

// Outlet puts protections in force in the packet filter. Its methods belong to
// one goroutine.
type Outlet struct {
	cfg  Config
	link *link        // to the kernel; nil if there is none
	sets map[kind]set // what the rules drop by; nil before the first Apply and after one that failed
}

// New gives the outlet; nothing is asked of the kernel before the first Apply.
func New(cfg Config) *Outlet {
	if cfg.Table == "" {
		cfg.Table = "tocsin"
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	return &Outlet{cfg: cfg}
}

// Name is "nft".
func (*Outlet) Name() string { return "nft" }

// Refuses says why the outlet does not carry a protection, or "".
func (*Outlet) Refuses(p protect.Protection) string {
	if p.Type != observable.IPv4 && p.Type != observable.IPv6 {
		return "a packet filter knows addresses and prefixes only"
	}
	if p.Polarity != protect.Block {
		return "a packet filter carries blocks only"
	}
	if _, _, ok := address(p); !ok {
		return p.Text + " is no address and no prefix"
	}
	return ""
}

// Apply makes the update's blocks of addresses and prefixes the state of the
// packet filter, in one transaction: each packet meets the state before or the
// state after. Where the table is not as the last Apply left it, such as after
// `nft flush ruleset`, it begins anew by itself.
func (o *Outlet) Apply(ctx context.Context, u feed.Update) error {
	if err := o.apply(ctx, u); err != nil {
		o.disconnect()
		return fmt.Errorf("nft outlet: %w", explained(err))
	}
	return nil
}

func (o *Outlet) apply(ctx context.Context, u feed.Update) error {
	if err := o.connect(ctx); err != nil {
		return err
	}
	if !u.Anew && o.sets != nil && len(u.Come)+len(u.Gone) <= mostAtOnce && o.check() == nil {
		if o.change(u) == nil {
			return nil
		}
		// Whatever it was, the kernel has kept the state before as a whole.
		o.disconnect()
		if err := o.connect(ctx); err != nil {
			return err
		}
	}
	return o.anew(ctx, u.Set())
}

// mostAtOnce is the most changes of one transaction. What is more is built beside
// what is in force, piece by piece.
const mostAtOnce = 20_000

// change is the update as one transaction.
func (o *Outlet) change(u feed.Update) error {
	now := o.cfg.Clock()
	come, gone := elements{}, elements{}
	for _, p := range u.Gone {
		gone.add(p, now)
	}
	for _, p := range u.Come {
		switch alive := p.Expires.IsZero() || p.Expires.After(now); {
		case p.Polarity == protect.Block && alive:
			come.add(p, now)
		default: // it may have been a block before
			gone.add(p, now)
		}
	}
	sets, fresh := o.sets, []kind(nil)
	for k := range come {
		if _, known := sets[k]; !known {
			fresh = append(fresh, k)
		}
	}
	if len(fresh) > 0 {
		slices.SortFunc(fresh, kind.compare)
		sets = o.link.extend(sets, fresh)
	}
	// An element is added, which does nothing if it is there, then removed, which
	// would fail if it were not, and added with its new timeout: no kernel before
	// 6.12 changes the timeout of an element that is there.
	for k, list := range come {
		o.link.add(sets[k], list)
		o.link.remove(sets[k], list)
		o.link.add(sets[k], list)
	}
	for k, list := range gone {
		if s, known := sets[k]; known {
			o.link.add(s, list)
			o.link.remove(s, list)
		}
	}
	if err := o.link.flush(); err != nil {
		return err
	}
	o.sets = sets
	return nil
}

// errChanged says that somebody else has changed the table.
var errChanged = errors.New("the table is not as it was left")

// Check looks whether the table is as the last Apply left it. If not, an Apply
// with Anew mends it.
func (o *Outlet) Check(ctx context.Context) error {
	err := o.connect(ctx)
	if err == nil {
		err = o.check()
	}
	if err != nil {
		o.disconnect()
		return fmt.Errorf("nft outlet: %w", explained(err))
	}
	return nil
}

// check compares the sets that the rules look up with those that they should.
// Elements that somebody has taken out by hand it does not miss.
func (o *Outlet) check() error {
	used, err := o.link.used()
	if err != nil {
		return err
	}
	if len(used) != len(o.sets) || len(used) == 0 {
		return errChanged
	}
	for _, s := range o.sets {
		if used[s.Name] != lookups {
			return errChanged
		}
	}
	return nil
}

// Close ends the connection to the kernel and leaves in force what is: an edge
// that is started anew, or never again, lifts no protection before its time.
func (o *Outlet) Close() error {
	o.disconnect()
	return nil
}
