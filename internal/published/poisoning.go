package published

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/exercise"
)

// poisonSeeds is how many epidemics each attack is played in.
const poisonSeeds = 5

// toll is the worst that one attack did over all seeds.
type toll struct {
	exercise.AttackScore
	delay float64 // the longest, in seconds; below zero the alarm always rang sooner
	never int     // epidemics in which the true alarm did not ring,
	seeds int     // of so many
}

// poisoning is what each attack did at its worst.
func poisoning(ctx context.Context, size Size) (measured, error) {
	s, err := exercise.Find("poisoned")
	if err != nil {
		return measured{}, err
	}
	seeds := poisonSeeds
	if size.Small {
		seeds, s.Hours, s.Poison = 1, 0.5, slices.Clone(s.Poison)
		for i := range s.Poison {
			s.Poison[i].Flood /= 100
		}
	}
	var worst []*toll
	for _, seed := range seedsTo(seeds) {
		score, err := exercise.Poisoning(ctx, s, seed)
		if err != nil {
			return measured{}, err
		}
		for i, a := range score.Attacks {
			if i == len(worst) {
				worst = append(worst, &toll{AttackScore: a, delay: -1e9, seeds: seeds})
			}
			worst[i].worsen(a)
		}
	}
	return measured{[]Row{poisonRow(worst, seeds)}, tollTable(worst)}, nil
}

// poisonRow sums up the attacks that the rule does not openly allow.
func poisonRow(worst []*toll, seeds int) Row {
	attacks, blocks, alarms, late, lost := 0, 0, 0, 0, 0
	for _, t := range worst {
		if t.Limit {
			continue
		}
		attacks++
		blocks, alarms, lost = blocks+t.Blocks, alarms+t.FalseAlarms, lost+len(t.Lost)
		if t.delay > 0 || t.never > 0 {
			late++
		}
	}
	return Row{
		What: "lies by fewer than the rule asks for", Published: "no block, no false alarm, no true alarm late", Source: "our goal",
		Ours: fmt.Sprintf("%d attacks: %d values blocked, %d false alarms, %d true alarms late, %d protections lost", attacks, blocks, alarms, late, lost),
		How:  fmt.Sprintf("the worst of %d seeds each; table below", seeds),
	}
}

func (t *toll) worsen(a exercise.AttackScore) {
	t.Blocks, t.FalseAlarms = max(t.Blocks, a.Blocks), max(t.FalseAlarms, a.FalseAlarms)
	t.AtOwner, t.FalseValues = max(t.AtOwner, a.AtOwner), max(t.FalseValues, a.FalseValues)
	if len(a.Lost) > len(t.Lost) {
		t.Lost = a.Lost
	}
	if len(a.Blocked) > len(t.Blocked) {
		t.Blocked = a.Blocked
	}
	switch {
	case a.Delay != nil:
		t.delay = max(t.delay, *a.Delay)
	case a.Outbreak:
		t.never++
	}
	for guard, n := range a.Refused {
		t.Refused[guard] = max(t.Refused[guard], n)
	}
}

func tollTable(worst []*toll) string {
	lines := append(make([][]string, 0, len(worst)+1), []string{"attack", "members", "values named", "blocked", "refused by", "false alarms", "true alarm later by", "protections lost"})
	for _, t := range worst {
		name := t.Attack
		if t.Limit {
			name += " *"
		}
		if t.Outbreak {
			name += ", during an outbreak"
		}
		lines = append(lines, []string{
			name, fmt.Sprint(t.Partners), fmt.Sprint(t.Attempts), t.blocked(), t.refused(), fmt.Sprint(t.FalseAlarms), t.later(), t.lost(),
		})
	}
	return table(lines...)
}

// blocked names what was blocked where that is few.
func (t *toll) blocked() string {
	if t.Blocks == 0 || t.Blocks > len(t.Blocked) {
		return fmt.Sprint(t.Blocks)
	}
	text := fmt.Sprintf("%d: %s", t.Blocks, strings.Join(t.Blocked, ", "))
	if t.AtOwner > 0 {
		text += fmt.Sprintf("; %d of them held by its owner's edge", t.AtOwner)
	}
	return text
}

func (t *toll) refused() string {
	list := make([]string, 0, len(t.Refused))
	for _, guard := range slices.Sorted(maps.Keys(t.Refused)) {
		list = append(list, fmt.Sprintf("%s %d", guard, t.Refused[guard]))
	}
	return strings.Join(list, ", ")
}

func (t *toll) later() string {
	switch {
	case !t.Outbreak:
		return ""
	case t.never > 0:
		return fmt.Sprintf("never in %d of %d", t.never, t.seeds)
	case t.delay < 0:
		return fmt.Sprintf("%g s sooner", -t.delay)
	}
	return fmt.Sprintf("%g s", t.delay)
}

func (t *toll) lost() string {
	if len(t.Lost) == 0 {
		return "0"
	}
	return fmt.Sprintf("%d: %s", len(t.Lost), strings.Join(t.Lost, ", "))
}
