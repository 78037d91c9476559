package rpz

import (
	"fmt"
	"iter"
	"slices"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// What is kept for IXFR. A resolver that is further behind gets the whole zone.
const (
	maxChanges        = 1000
	maxChangedRecords = 200_000
	// So few are always sent as changes, even if the zone itself is smaller.
	fewRecords = 1000
)

// version is the zone at one serial; it does not change.
type version struct {
	content
	serial  uint32
	history []change // from old to new; the last leads to this version
}

// change leads from one serial to the next.
type change struct {
	from, to       uint32
	removed, added []record
}

func (c change) size() int { return len(c.removed) + len(c.added) }

// Publish makes what is in force of ps the current version of the zone and
// tells those who are to be notified. It returns what the zone leaves out,
// with reasons. After an error nothing has changed.
//
// The serial has to be greater than the last one (RFC 1982). Resolvers that hold
// a serial do not ask again: the same serial must mean the same content, after
// a restart as well, and to undo is to publish the old content under a
// higher serial.
func (s *Server) Publish(serial uint32, ps []protect.Protection) ([]feed.Left, error) {
	s.publishing.Lock() // and not mu: comparing two large zones must not hold up answers
	defer s.publishing.Unlock()
	next := &version{content: compile(feed.Effective(ps, s.now()), s.zone), serial: serial}
	if last, _ := s.version(); last != nil {
		if !after(serial, last.serial) {
			return nil, fmt.Errorf("publish serial %d: it is not greater than the last one, %d (RFC 1982)", serial, last.serial)
		}
		c := change{from: last.serial, to: serial}
		c.removed, c.added = difference(last.records, next.records)
		next.history = trimmed(append(slices.Clone(last.history), c))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = next
	close(s.changed)
	s.changed = make(chan struct{})
	return next.left, nil
}

// version gives the current version, nil before the first, and what is closed
// when the next one is there.
func (s *Server) version() (*version, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current, s.changed
}

// after compares serials as RFC 1982, section 3.2, does; those half the circle
// apart are not after each other.
func after(a, b uint32) bool { return a != b && a-b < 1<<31 }

// difference walks two ordered lists.
func difference(old, next []record) (removed, added []record) {
	for len(old) > 0 || len(next) > 0 {
		switch {
		case len(old) == 0:
			return removed, append(added, next...)
		case len(next) == 0:
			return append(removed, old...), added
		}
		switch c := old[0].compare(next[0]); {
		case c < 0:
			removed, old = append(removed, old[0]), old[1:]
		case c > 0:
			added, next = append(added, next[0]), next[1:]
		default:
			old, next = old[1:], next[1:]
		}
	}
	return removed, added
}

// trimmed forgets the oldest changes beyond what is kept.
func trimmed(history []change) []change {
	size, first := 0, len(history)
	for first > 0 && len(history)-first < maxChanges {
		size += history[first-1].size()
		if size > maxChangedRecords {
			break
		}
		first--
	}
	return history[first:]
}

// since gives the changes from a serial to this version; false if they are
// not kept, or are more than the zone itself.
func (v *version) since(serial uint32) ([]change, bool) {
	i := slices.IndexFunc(v.history, func(c change) bool { return c.from == serial })
	if i < 0 {
		return nil, false
	}
	size := 0
	for _, c := range v.history[i:] {
		size += c.size()
	}
	return v.history[i:], size <= max(fewRecords, len(v.records))
}

// whole is the zone between two copies of its SOA (RFC 5936, section 2.2).
func (v *version) whole(zone string, ttl uint32) iter.Seq[dns.RR] {
	return func(yield func(dns.RR) bool) {
		apex := soa(zone, zone, v.serial, ttl)
		if !yield(apex) || !yield(ns(zone, ttl)) || !each(v.records, zone, ttl, yield) {
			return
		}
		yield(apex)
	}
}

// steps is the changes between two copies of the SOA, each as the old SOA,
// what goes, the new SOA, what comes (RFC 1995, section 4).
func (v *version) steps(changes []change, zone string, ttl uint32) iter.Seq[dns.RR] {
	return func(yield func(dns.RR) bool) {
		apex := soa(zone, zone, v.serial, ttl)
		if !yield(apex) {
			return
		}
		for _, c := range changes {
			if !yield(soa(zone, zone, c.from, ttl)) || !each(c.removed, zone, ttl, yield) ||
				!yield(soa(zone, zone, c.to, ttl)) || !each(c.added, zone, ttl, yield) {
				return
			}
		}
		yield(apex)
	}
}

func each(records []record, zone string, ttl uint32, yield func(dns.RR) bool) bool {
	for _, r := range records {
		if !yield(r.rr(zone, ttl)) {
			return false
		}
	}
	return true
}
