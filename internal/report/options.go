package report

import (
	"maps"
	"slices"

	"github.com/tocsin-project/tocsin/internal/duty"
	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/response"
)

// Options are how the rooms are configured at the hub, and what is optional. The
// zero value is what a hub without a configuration does.
type Options struct {
	Response response.Config
	Exposure exposure.Config
	Impact   impact.Config
	Duty     duty.Config
	Notice   notice.Config
	// Seeds is how many epidemics are played to ask what another way of sharing would
	// have changed; 0 leaves that out. It takes seconds.
	Seeds int
}

// chapters are the rooms beside the alarm and the protections, in reading order.
func chapters(m *moment, a *alarm, o Options) []room {
	s := newAlerts(m, a, o)
	return []room{newBoard(m, a, o), s, newHarm(m, a, o), newExposed(m, s, o), newDuties(m, a, o)}
}

// sorted is the incident's ids: its own, and those of what was merged into it.
func (a *alarm) sorted() []string { return slices.Sorted(maps.Keys(a.ids)) }

// merged is the ids of what was merged into the incident.
func (a *alarm) merged() []string {
	return slices.DeleteFunc(a.sorted(), func(id string) bool { return id == a.id })
}
