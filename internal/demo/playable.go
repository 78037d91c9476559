package demo

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/exercise"
)

// What a hub, its partners and their edges in one process can play.
const (
	maxPartners = 64
	maxHosts    = 1_000_000
	maxSteps    = 20_000
)

// Playable says why a scenario cannot be played through a real hub and edges, if
// it cannot; package exercise simulates it all the same.
func Playable(s exercise.Scenario) error {
	worm := s.Worm
	switch steps := int(s.Hours * 3600 / s.StepSeconds); {
	case worm.Seeds > 0 && worm.SHA256 == "" && worm.KillSwitch == "":
		return fmt.Errorf("scenario %q: its worm has neither a file nor a kill switch, and the hub protects by these: play it with tocsin exercise", s.Name)
	case s.Partners > maxPartners:
		return fmt.Errorf("scenario %q: %d partners are more than the %d that run an edge each in one process: give fewer with --partners", s.Name, s.Partners, maxPartners)
	case s.Hosts > maxHosts:
		return fmt.Errorf("scenario %q: %d hosts are more than the %d whose records are written: give fewer with --hosts", s.Name, s.Hosts, maxHosts)
	case steps > maxSteps:
		return fmt.Errorf("scenario %q: %d steps of %g s are more than %d: give fewer with --hours", s.Name, steps, s.StepSeconds, maxSteps)
	}
	return nil
}

// asPlayed is the defence as the real hub and edges are: everybody takes part,
// the rule decides by itself, an edge puts in force at once what arrives, and it
// is the detector that takes its time. Only what a protection covers, and whether
// it isolates, is the scenario's.
func asPlayed(d exercise.Defence) exercise.Defence {
	d.TakingPart = 1
	d.Detection, d.Decision, d.Applied, d.Alone = exercise.Delay{}, exercise.Delay{}, exercise.Delay{}, exercise.Delay{}
	return d
}
