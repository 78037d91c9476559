package exercise

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// maxNamed is how many blocked values a score names.
const maxNamed = 10

// score holds the playing against the same one without the attack.
func (p *played) score(clean *played) AttackScore {
	a := p.attack
	s := AttackScore{
		Attack: a.poison.Name, About: strings.TrimSpace(a.poison.About), Outbreak: p.epidemic, Partners: len(a.members), Limit: a.poison.Limit,
		Reports: a.reports, Blocked: []string{}, Refused: map[string]int{}, Lost: []string{},
	}
	attempted := map[observable.Value]bool{}
	for _, v := range a.attempts() {
		s.Attempts++
		attempted[v] = true
		if !p.judge.blocked[v] {
			s.Refused[p.refusal(v)]++
			continue
		}
		s.Blocks++
		if len(s.Blocked) < maxNamed {
			s.Blocked = append(s.Blocked, v.Text)
		}
		if a.heldAtOwner(v) {
			s.AtOwner++
		}
	}
	for _, o := range p.judge.alarms.List() {
		if !p.isTrue(o) {
			s.FalseAlarms++
			continue
		}
		for _, v := range o.Values {
			if attempted[v] && v != p.killSwitch && v != p.file {
				s.FalseValues++
			}
		}
	}
	s.AlarmAfter = p.alarmAfter()
	if before := clean.alarmAfter(); before != nil && s.AlarmAfter != nil {
		delay := *s.AlarmAfter - *before
		s.Delay = &delay
	}
	left := p.judge.held(p.world.Now())
	for _, name := range slices.Sorted(maps.Keys(clean.judge.held(clean.world.Now()))) {
		if !left[name] {
			s.Lost = append(s.Lost, name)
		}
	}
	return s
}

// alarmAfter is when the true alarm was raised, in seconds since the first
// infection; nil if it was not.
func (p *played) alarmAfter() *float64 {
	if p.raised.IsZero() {
		return nil
	}
	seconds := p.raised.Sub(p.world.FirstInfection()).Seconds()
	return &seconds
}

// refusal is why a value that was named was not blocked.
func (p *played) refusal(v observable.Value) string {
	if guard := p.judge.refusals[v]; guard != "" {
		return guard
	}
	switch held, ok := p.judge.protect.Get(v); {
	case ok && held.Polarity == protect.MustResolve:
		return "must-resolve"
	case ok && held.Polarity == protect.Observe:
		return "unresolved"
	}
	return "corroboration"
}

// Table writes the score for a terminal.
func (s PoisonScore) Table(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintf(t, "attacks on the hub's judgement, played once, with seed %d\n\n", s.Seed)
	fmt.Fprintln(t, "attack\tpartners\tnamed\tblocked\tfalse alarms\ttrue alarm\tprotections lost\trefused by")
	for _, a := range s.Attacks {
		name := a.Attack
		if a.Outbreak {
			name += ", during an outbreak"
		}
		if a.Limit {
			name += " *"
		}
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%d\t%s\t%d\t%s\n", name, a.Partners, grouped(a.Attempts), grouped(a.Blocks), a.FalseAlarms, a.delay(), len(a.Lost), a.refusals())
	}
	fmt.Fprintln(t, "* as many partners as the rule asks for, or a designated source: it is believed unless a guard speaks against it")
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write table of poisoning: %w", err)
	}
	return nil
}

func (a AttackScore) delay() string {
	switch {
	case !a.Outbreak:
		return "-"
	case a.Delay == nil:
		return "never rung"
	}
	switch d := *a.Delay; {
	case d < 0:
		return clock(-d) + " sooner"
	case d > 0:
		return clock(d) + " later"
	}
	return "as without"
}

func (a AttackScore) refusals() string {
	list := make([]string, 0, len(a.Refused))
	for _, guard := range slices.Sorted(maps.Keys(a.Refused)) {
		list = append(list, fmt.Sprintf("%s %s", guard, grouped(a.Refused[guard])))
	}
	return strings.Join(list, ", ")
}
