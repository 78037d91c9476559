package hub

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/mark"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// lists are the feeds by name, each with its compiler.
var lists = map[string]func(io.Writer, feed.Set) error{
	"block.txt":     func(w io.Writer, s feed.Set) error { return feed.Plain(w, s) },
	"domains.txt":   func(w io.Writer, s feed.Set) error { return feed.Plain(w, s, observable.Domain) },
	"addresses.txt": func(w io.Writer, s feed.Set) error { return feed.Plain(w, s, observable.IPv4, observable.IPv6) },
	"urls.txt":      func(w io.Writer, s feed.Set) error { return feed.Plain(w, s, observable.URL) },
	"hashes.txt": func(w io.Writer, s feed.Set) error {
		return feed.Plain(w, s, observable.SHA512, observable.SHA256, observable.SHA1, observable.MD5)
	},
	"hosts":            feed.Hosts,
	"protections.json": feed.JSON,
}

// outlets publishes what is in force: to the DNS primary at once, to the lists
// when they are asked for.
type outlets struct {
	hub       *Hub
	changed   chan struct{}
	published mark.Mark[uint64]

	mu     sync.Mutex
	serial uint64
	since  time.Time
	set    feed.Set
	bodies map[string][]byte // compiled from set
}

func newOutlets(h *Hub) *outlets {
	o := &outlets{hub: h, changed: make(chan struct{}, 1)}
	o.nudge() // what the rebuilt views hold is published first
	return o
}

// entry is told of every new entry.
func (o *outlets) entry(e ledger.Entry) {
	if e.Kind == protect.KindDecided || e.Kind == feed.KindConnected {
		o.nudge()
	}
}

func (o *outlets) nudge() {
	select {
	case o.changed <- struct{}{}:
	default: // a change is waiting already, and will find this one, too
	}
}

func (o *outlets) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-o.changed:
		}
		o.hub.dns.SetNotify(o.hub.notifyTargets())
		// Read the number before the content: content that is newer than its
		// serial is published again under the next one, never the reverse.
		serial := o.due()
		if serial <= o.published.Get() {
			continue
		}
		now := o.hub.cfg.Clock()
		in := o.hub.Views.Protect.Effective(now)
		left, err := o.hub.dns.Publish(uint32(serial), in)
		if err != nil {
			return fmt.Errorf("serial %d: %w", serial, err)
		}
		if len(left) > 0 {
			o.hub.cfg.Logger.Info("protections that DNS does not carry", "count", len(left), "first", left[0].String(), "reason", left[0].Reason)
		}
		o.mu.Lock()
		o.serial, o.since, o.set, o.bodies = serial, now, feed.Effective(in, now), map[string][]byte{}
		o.mu.Unlock()
		o.published.Raise(serial)
	}
}

// due is the serial of what the views hold; 1 before any decision, for a
// primary that has nothing to say still says so.
func (o *outlets) due() uint64 { return o.hub.Views.Decided() + 1 }

// document is a list as it stands.
func (o *outlets) document(_ context.Context, name string) (feed.Document, error) {
	compile, ok := lists[name]
	if !ok {
		return feed.Document{}, fmt.Errorf("%w: %q", feed.ErrNotFound, name)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.serial == 0 {
		return feed.Document{}, fmt.Errorf("the hub is still reading its ledger")
	}
	body, ok := o.bodies[name]
	if !ok {
		var b bytes.Buffer
		if err := compile(&b, o.set); err != nil {
			return feed.Document{}, err
		}
		body = b.Bytes()
		o.bodies[name] = body
	}
	return feed.Document{Body: body, Serial: o.serial, Changed: o.since}, nil
}
