package patternset

import (
	"slices"
	"strings"
	"sync/atomic"
)

// Stats is what a set holds and what it did.
type Stats struct {
	Patterns  int `json:"patterns"`
	Covered   int `json:"covered"`   // of them: found by terms
	Uncovered int `json:"uncovered"` // of them: evaluated for every event that has an object of their type
	Budget    int `json:"budget"`    // for these

	// UncoveredShare is the part of the time spent in Match that went to
	// patterns that no term covers, 0 to 1, by sampling.
	UncoveredShare float64 `json:"uncovered_share"`

	Refused uint64 `json:"refused"` // calls of Add: over the budget for what no term covers
	Crowded uint64 `json:"crowded"` // calls of Add: too many patterns wait for one term

	Asked    uint64 `json:"asked"`    // patterns asked of events
	Held     uint64 `json:"held"`     // of these: some atom held
	Compiled uint64 `json:"compiled"` // programs made again for that
	Broken   uint64 `json:"broken"`   // of these: in vain, which is a defect

	Windows             int    `json:"windows"`              // patterns that wait for more observations
	Observations        int    `json:"observations"`         // that these hold
	WindowsEvicted      uint64 `json:"windows_evicted"`      // forgotten to make room
	ObservationsEvicted uint64 `json:"observations_evicted"` // forgotten to make room in a window
	Late                uint64 `json:"late"`                 // observations older than Options.Lateness allows, not regarded
	GaveUp              uint64 `json:"gave_up"`              // searches in a window that took too long

	Bytes int `json:"bytes"` // in memory without windows and programs, roughly
}

type counters struct {
	patterns              atomic.Int64
	refused, crowded      atomic.Uint64
	asked, held, broken   atomic.Uint64
	timed, timedUncovered atomic.Int64
}

// Stats counts. It takes the writer's lock.
func (s *Set) Stats() Stats {
	s.write.Lock()
	defer s.write.Unlock()
	c := &s.counters
	live, counts := s.windows.stats()
	st := Stats{
		Patterns: int(c.patterns.Load()), Uncovered: len(s.standing), Budget: s.options.Uncovered,
		Refused: c.refused.Load(), Crowded: c.crowded.Load(),
		Asked: c.asked.Load(), Held: c.held.Load(), Compiled: s.programs.made.Load(), Broken: c.broken.Load(),
		Windows: live, Observations: int(s.windows.held.Load()), WindowsEvicted: counts.windows, ObservationsEvicted: counts.observations, Late: counts.late, GaveUp: counts.gaveUp,
		Bytes: s.exact.bytes() + s.grams.bytes() + s.ids.bytes() + s.records.bytes(),
	}
	st.Covered = st.Patterns - st.Uncovered
	if all := c.timed.Load(); all > 0 {
		st.UncoveredShare = min(1, float64(c.timedUncovered.Load())/float64(all))
	}
	return st
}

// Uncovered is a pattern that no term covers, and what it costs.
type Uncovered struct {
	ID   string   `json:"id"`
	At   []string `json:"at"`   // the types and paths that it is evaluated for
	Cost int64    `json:"cost"` // of one evaluation in nanoseconds, the mean of a sample; 0 if there was none
	Took int64    `json:"took"` // in the sample, in nanoseconds
}

// Uncovered lists the patterns that no term covers, the dearest first.
func (s *Set) Uncovered() []Uncovered {
	s.write.Lock()
	defer s.write.Unlock()
	all := make([]Uncovered, 0, len(s.standing))
	for _, o := range s.standing {
		u := Uncovered{ID: o.program.id, Took: o.program.spent.Load()}
		if n := o.program.asked.Load(); n > 0 {
			u.Cost = u.Took / int64(n)
		}
		for _, p := range o.at {
			u.At = append(u.At, p.name)
		}
		all = append(all, u)
	}
	slices.SortFunc(all, func(a, b Uncovered) int {
		if a.Took != b.Took {
			return int(b.Took - a.Took)
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all
}
