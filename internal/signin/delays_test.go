package signin

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ratelimit"
)

// An attempt that is taken back leaves the wait that a later one set.
func TestTakingBackLeavesALaterWait(t *testing.T) {
	now := time.Date(2026, 5, 12, 3, 0, 0, 0, time.UTC)
	d := newDelays[string](policy{free: 1, first: time.Second, longest: time.Minute, forget: time.Hour}, 10)
	_, undo := d.failed("a", now)
	if locked, _ := d.failed("a", now); !locked || d.wait("a", now) != time.Second {
		t.Fatalf("locked %t for %s", locked, d.wait("a", now))
	}
	if undo(); d.wait("a", now) != time.Second {
		t.Errorf("the wait is %s", d.wait("a", now))
	}
}

// However many keys fail, few are remembered, and one that failed often is not
// pushed out by many that failed once.
func TestDelaysAreBounded(t *testing.T) {
	now := time.Date(2026, 5, 12, 3, 0, 0, 0, time.UTC)
	d := newDelays[string](policy{free: 1, first: time.Minute, longest: time.Hour, forget: time.Hour}, 100)
	for range 5 {
		d.failed("often", now)
	}
	for i := range 1000 {
		d.failed(fmt.Sprint("once ", i), now)
	}
	if len(d.by) != 100 || d.wait("often", now) == 0 {
		t.Errorf("%d are remembered, and the one that failed often waits %s", len(d.by), d.wait("often", now))
	}
}

// Strangers who begin and never finish push out their own beginnings first.
func TestPendingIsBounded(t *testing.T) {
	now := time.Date(2026, 5, 12, 3, 0, 0, 0, time.UTC)
	p := newPending[netip.Prefix, int]()
	owner := p.begin(1, ratelimit.Source("192.0.2.7:1"), now)
	for i := range 2 * maxPending {
		p.begin(i, ratelimit.Source("198.51.100.9:1"), now)
	}
	if len(p.by) != maxBegun+1 || len(p.from) != 2 {
		t.Errorf("%d are kept for %d addresses", len(p.by), len(p.from))
	}
	if v, ok := p.take(owner, now); !ok || v != 1 {
		t.Error("another's beginning is gone")
	}
	for i := range maxPending + 100 {
		p.begin(i, ratelimit.Source(fmt.Sprintf("[2001:db8:%x:%x::1]:1", i>>16, i&0xffff)), now)
	}
	if len(p.by) > maxPending {
		t.Errorf("%d are kept", len(p.by))
	}
	late := now.Add(pendingFor + time.Second)
	p.begin(0, ratelimit.Source("192.0.2.7:1"), late)
	if len(p.by) > maxPending || len(p.from) > len(p.by) {
		t.Errorf("%d are kept for %d addresses", len(p.by), len(p.from))
	}
}
