package protect

import (
	"slices"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Guard refuses to let a value be blocked or redirected, whoever asks.
type Guard interface {
	Name() string
	// Check says in words for people why the value is bad to block.
	Check(v observable.Value) (reason string, bad bool)
}

// Soft marks guards that speak against automation, and that a coordinator may
// overrule with a reason: what they hold comes from partners, or is a matter of
// measure. They are asked when something is decided, and not again at export: what
// a coordinator has decided in spite of them is in force.
type Soft interface{ Soft() bool }

// IsSoft says whether a coordinator may overrule the guard.
func IsSoft(g Guard) bool {
	s, ok := g.(Soft)
	return ok && s.Soft()
}

// Guards are asked one after the other; the first that refuses is named.
type Guards []Guard

// judge is a guard that is told what the block would hit, worked out once for all.
type judge interface {
	judge(v observable.Value, t target) (reason string, bad bool)
}

// Verdict says which guard refuses a block of the value, and why; "" and "" if
// none does.
func (g Guards) Verdict(v observable.Value) (guard, reason string) {
	t := targetOf(v)
	for _, one := range g {
		var bad bool
		if j, ok := one.(judge); ok {
			reason, bad = j.judge(v, t)
		} else {
			reason, bad = one.Check(v)
		}
		if bad {
			return one.Name(), reason
		}
	}
	return "", ""
}

// Firm are the guards that nobody may overrule: those that hold at export, and
// against what a coordinator decides.
func (g Guards) Firm() Guards {
	return slices.DeleteFunc(slices.Clone(g), IsSoft)
}

// Names are the guards' names, in the order in which they are asked.
func (g Guards) Names() []string {
	names := make([]string, 0, len(g))
	for _, one := range g {
		names = append(names, one.Name())
	}
	return names
}

// inSpite names the soft guards that speak against what a person asks for: it is
// theirs to overrule, and the ledger keeps that they did.
func (s *State) inSpite(next *Protection) {
	if next.Polarity == Observe {
		return
	}
	for _, g := range s.guards {
		if !IsSoft(g) {
			continue
		}
		if reason, bad := g.Check(next.Value); bad {
			next.Rule += "; in spite of guard " + g.Name() + ": " + reason
			next.Guards = slices.DeleteFunc(next.Guards, func(name string) bool { return name == g.Name() })
		}
	}
}
