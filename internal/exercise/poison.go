package exercise

import (
	"context"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Poison is one attack on the hub's judgement: partners that report what is not
// so. It is played by members beside the scenario's own, which have no part in
// the epidemic and report nothing else, so that what changes is their doing alone.
type Poison struct {
	Name         string   `toml:"name"`
	About        string   `toml:"about"`
	Partners     int      `toml:"partners"`     // that take part, each of its own sector and country
	Organisation bool     `toml:"organisation"` // all of them are of one organisation
	Designated   bool     `toml:"designated"`   // the first of them is a designated source
	Echo         bool     `toml:"echo"`         // all send the same counts and times, as if one list were forwarded
	Values       []string `toml:"values"`       // reported each minute as suspects that resolve
	Owned        []string `toml:"owned"`        // of these, what an honest partner protects at its own edge
	Port         uint16   `toml:"port"`         // of invented scans, steady for half an hour, then doubling every five minutes; 0: none
	Direction    string   `toml:"direction"`    // of these: "out" or "in"; empty is out
	Extension    string   `toml:"extension"`    // of invented encryptions; empty: none
	Flood        int      `toml:"flood"`        // invented names a minute and partner, each only once; the same for all partners
	// Limit says that the rule openly allows it: what k independent partners, or
	// one designated source, say is believed unless a guard speaks against it.
	Limit bool `toml:"limit"`
}

// maxPoisonPartners and maxFlood bound an operator's own scenario.
const (
	maxPoisonPartners = 100
	maxFlood          = 10_000
)

// validatePoison says which attack cannot be played, and why.
func validatePoison(list []Poison) error {
	for i, p := range list {
		if err := p.validate(); err != nil {
			return fmt.Errorf("poison %d, %q: %w", i+1, p.Name, err)
		}
	}
	return nil
}

func (p Poison) validate() error {
	switch {
	case p.Name == "":
		return fmt.Errorf("name is needed")
	case p.Partners < 1 || p.Partners > maxPoisonPartners:
		return fmt.Errorf("partners is %d, it must be from 1 to %d", p.Partners, maxPoisonPartners)
	case p.Flood < 0 || p.Flood > maxFlood:
		return fmt.Errorf("flood is %d, it must be from 0 to %d", p.Flood, maxFlood)
	case p.Direction != "" && p.Direction != "in" && p.Direction != "out":
		return fmt.Errorf("direction is %q, it must be \"in\" or \"out\"", p.Direction)
	}
	for _, list := range [][]string{p.Values, p.Owned} {
		if _, err := inferAll(list); err != nil {
			return err
		}
	}
	return nil
}

func inferAll(texts []string) ([]observable.Value, error) {
	list := make([]observable.Value, 0, len(texts))
	for _, text := range texts {
		v, err := observable.Infer(text)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// PoisonScore is what attacks did to a hub, each in the midst of the scenario's
// outbreak and without one.
type PoisonScore struct {
	Seed    uint64        `json:"seed"`
	Attacks []AttackScore `json:"attacks"`
}

// AttackScore is one attack, played once.
type AttackScore struct {
	Attack   string `json:"attack"`
	About    string `json:"about"`
	Outbreak bool   `json:"outbreak"` // a true one goes on meanwhile
	Partners int    `json:"partners"`
	Limit    bool   `json:"limit"` // the rule openly allows it

	Reports  int      `json:"reports"`       // sent
	Attempts int      `json:"attempts"`      // values named as suspects
	Blocked  []string `json:"blocked"`       // of these, those that were ever blocked, at most the first 10
	Blocks   int      `json:"blocks"`        // how many they are
	AtOwner  int      `json:"held_at_owner"` // of the blocked, those that their owner's own edge refuses

	Refused map[string]int `json:"refused"` // values by what refused them: a guard's name, "corroboration", "unresolved" or "not automatic"

	FalseAlarms int `json:"false_alarms"` // outbreaks raised that are not the true one
	FalseValues int `json:"false_values"` // invented values that the true one took in

	AlarmAfter *float64 `json:"alarm_after_s"` // the true alarm, since the first infection; nil: none
	Delay      *float64 `json:"delay_s"`       // of it, against the same epidemic without the attack
	Lost       []string `json:"lost"`          // protections that hold at the end without the attack, and not with it
}

// Poisoning plays every attack of the scenario against the hub's own deciders
// (outbreak.State and protect.State, with the hub's guards and settings, asked
// after every minute's entries as a hub asks them): once in the midst of the
// scenario's epidemic, once without an epidemic, while a kill switch is held
// open. What the hub decides protects nobody here: the epidemic is the same with
// every attack and without, and so is the truth that honest partners report. It is
// deterministic by the seed.
func Poisoning(ctx context.Context, s Scenario, seed uint64) (PoisonScore, error) {
	score := PoisonScore{Seed: seed, Attacks: []AttackScore{}}
	if err := s.Validate(); err != nil {
		return PoisonScore{}, fmt.Errorf("play poisoning: %w", err)
	}
	if err := validatePoison(s.Poison); err != nil {
		return PoisonScore{}, fmt.Errorf("play poisoning in %q: %w", s.Name, err)
	}
	for _, outbreak := range []bool{true, false} {
		clean, err := playPoison(ctx, s, seed, nil, outbreak)
		if err != nil {
			return PoisonScore{}, fmt.Errorf("play %q without an attack: %w", s.Name, err)
		}
		for i := range s.Poison {
			with, err := playPoison(ctx, s, seed, &s.Poison[i], outbreak)
			if err != nil {
				return PoisonScore{}, fmt.Errorf("play %q in %q: %w", s.Poison[i].Name, s.Name, err)
			}
			score.Attacks = append(score.Attacks, with.score(clean))
		}
	}
	return score, nil
}
