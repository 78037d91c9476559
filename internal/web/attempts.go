package web

import (
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Failed attempts to sign in, per address: ten at once, then one every six
// seconds. A token made by the hub cannot be guessed at any speed; the
// administrator's, which a person may have chosen, is protected by this.
const (
	maxFailed   = 10
	forgetAfter = 6 * time.Second // one failure
	maxSources  = 4096            // remembered; the one that will be forgotten first makes room
)

// attempts counts failures to sign in by where they came from.
type attempts struct {
	mu sync.Mutex
	by map[netip.Prefix]time.Time // when the last failure will be forgotten
}

func newAttempts() *attempts { return &attempts{by: map[netip.Prefix]time.Time{}} }

// wait is how long the source has to wait before it may try; zero: not at all.
func (a *attempts) wait(from netip.Prefix, now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return max(0, max(0, a.by[from].Sub(now))-(maxFailed-1)*forgetAfter) // the inner one: no failure is at the zero time
}

func (a *attempts) failed(from netip.Prefix, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	until, known := a.by[from]
	if !known && len(a.by) >= maxSources {
		a.makeRoom(now)
	}
	if until.Before(now) {
		until = now
	}
	a.by[from] = until.Add(forgetAfter)
}

func (a *attempts) makeRoom(now time.Time) {
	var first netip.Prefix
	for from, until := range a.by {
		if until.Before(now) {
			delete(a.by, from)
		} else if !first.IsValid() || until.Before(a.by[first]) {
			first = from
		}
	}
	if len(a.by) >= maxSources {
		delete(a.by, first)
	}
}

// source is where a request came from: an IPv4 address, or the /64 that one
// IPv6 subscriber has to itself. The invalid prefix, of what has no address,
// counts as one source.
func source(r *http.Request) netip.Prefix {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{}
	}
	addr := at.Addr().Unmap().WithZone("")
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	prefix, _ := addr.Prefix(bits) // bits are within the address
	return prefix
}
