package edge

import (
	"sync/atomic"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// stops are the emergency stops of automation that reach this edge: the hub's,
// its partner's, its outlets'. Any goroutine may ask, one takes.
type stops struct {
	partner access.PartnerID
	on      atomic.Pointer[protect.Stops]
}

func newStops(partner access.PartnerID, list []protect.Stop) *stops {
	s := &stops{partner: partner}
	s.exchange(list)
	return s
}

// take notes a stop, or its end.
func (s *stops) take(one protect.Stop) {
	next := s.on.Load().With(one)
	s.on.Store(&next)
}

// exchange makes what a list comes to the stops that are on.
func (s *stops) exchange(list []protect.Stop) {
	var now protect.Stops
	for _, one := range list {
		now = now.With(one)
	}
	s.on.Store(&now)
}

func (s *stops) list() []protect.Stop { return s.on.Load().List() }

// halt is why a protection is not put in force here, or at an outlet if one is
// named: "" if no stop is in its way.
func (s *stops) halt(p protect.Protection, outlet string) string {
	if one, halts := s.on.Load().Halting(p, s.partner, outlet); halts {
		return "automation is stopped (" + string(one.Scope) + "): " + one.Reason
	}
	return ""
}
