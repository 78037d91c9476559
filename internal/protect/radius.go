package protect

import (
	"net/netip"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// neighbourhood is what protections of neighbouring values hit together: a
// registrable domain, a /24, a /48. Each single name or address passes the guards,
// and a few hundred of them together cut off a hoster, or everything that one
// company runs: as many as Config.MaxTogether the rule decides within an hour, the
// rest wait. Empty: files have no neighbours.
func neighbourhood(v observable.Value) string {
	if p, ok := v.Prefix(); ok {
		bits := 24
		if p.Addr().Is6() {
			bits = 48
		}
		return netip.PrefixFrom(p.Addr(), min(bits, p.Bits())).Masked().String()
	}
	if v.Type != observable.Domain {
		return ""
	}
	if name, err := publicsuffix.EffectiveTLDPlusOne(v.Text); err == nil {
		return name
	}
	return v.Text
}

// addition is one by the rule: when, and where.
type addition struct {
	at   time.Time
	near string
}

// count notes an addition by the rule, for the caps, and forgets those of more
// than an hour ago. They come in the order of the ledger, whose clock may be set
// back: then some count for longer.
func (s *State) count(next *slot) {
	if !next.automatic() {
		return
	}
	gone := s.passed(next.Decided)
	for _, old := range s.added[:gone] {
		if left := s.near[old.near][1:]; len(left) > 0 {
			s.near[old.near] = left
		} else {
			delete(s.near, old.near)
		}
	}
	near := neighbourhood(next.Value)
	s.added = append(s.added[gone:], addition{next.Decided, near})
	s.near[near] = append(s.near[near], next.Decided)
}

// passed is how many additions are more than an hour ago.
func (s *State) passed(now time.Time) (n int) {
	for n < len(s.added) && now.Sub(s.added[n].at) >= time.Hour {
		n++
	}
	return n
}

// room is how many additions automation may make now.
func (s *State) room(now time.Time) int {
	return max(0, s.cfg.MaxPerHour-(len(s.added)-s.passed(now)))
}

// together is how many additions there were in a neighbourhood within the hour.
func (s *State) together(near string, now time.Time) (n int) {
	for _, at := range s.near[near] {
		if now.Sub(at) < time.Hour {
			n++
		}
	}
	return n
}
