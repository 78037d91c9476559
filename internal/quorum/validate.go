package quorum

import (
	"errors"
	"fmt"
	"strconv"
)

// What a group may hold, so that nothing that comes from outside can make
// asking it slow.
const (
	MaxDepth       = 8    // groups within each other, the outermost counted
	MaxLeaves      = 1000 // each as often as it stands
	maxDenominator = 100
)

// Validate says what is wrong with the group, and where: "group 2.1" is the
// first member of the second member. Besides the limits: no group is empty, no
// threshold is out of reach or met by nobody, no member is named twice in a
// group, and no leaf counts in two members of a group that needs fewer than all
// of them: it would count twice. Where all are needed, it may.
//
// What a name or a leaf looks like is not looked at here: Parse does, and who
// builds a group in code knows its own names.
func (g Group) Validate() error {
	leaves := 0
	if err := g.checkShape("", 1, &leaves); err != nil {
		return err
	}
	_, err := g.checkVoices("")
	return err
}

// checkShape is everything but the last rule. It stops at the limits, so that
// groups that share members, or even hold themselves, cannot keep it busy.
func (g Group) checkShape(where string, depth int, leaves *int) error {
	if depth > MaxDepth {
		return g.errorf(where, "it is nested more than %d groups deep", MaxDepth)
	}
	if len(g.Members) == 0 {
		return g.errorf(where, "it is empty: name at least one member")
	}
	if err := g.Threshold.check(len(g.Members)); err != nil {
		return g.errorf(where, "%w", err)
	}
	seen := make(map[string]bool, len(g.Members))
	for i, m := range g.Members {
		if (m.Leaf == "") == (m.Group == nil) {
			return g.errorf(where, "member %d is neither a name nor a group", i+1)
		}
		if label := m.label(); label != "" {
			if seen[label] {
				return g.errorf(where, "%s is named twice", quote(label))
			}
			seen[label] = true
		}
		if m.Group != nil {
			if err := m.Group.checkShape(within(where, i), depth+1, leaves); err != nil {
				return err
			}
		} else if *leaves++; *leaves > MaxLeaves {
			return g.errorf(where, "with member %d there are more than %d in all", i+1, MaxLeaves)
		}
	}
	return nil
}

// checkVoices returns the leaves below the group.
func (g Group) checkVoices(where string) (map[string]bool, error) {
	counted := make(map[string]int) // leaf -> the member in which it counts, from 1
	all := make(map[string]bool)
	for i, m := range g.Members {
		below := map[string]bool{m.Leaf: true}
		if m.Group != nil {
			var err error
			if below, err = m.Group.checkVoices(within(where, i)); err != nil {
				return nil, err
			}
		}
		for leaf := range below {
			if first := counted[leaf]; first > 0 && g.Need() < len(g.Members) {
				return nil, g.errorf(where, "%s would count in member %d and in member %d, and only %d of %d are needed: name it once, or need all",
					quote(leaf), first, i+1, g.Need(), len(g.Members))
			}
			counted[leaf] = i + 1
			all[leaf] = true
		}
	}
	return all, nil
}

// check says what is wrong with the threshold of a group with so many members.
func (t Threshold) check(members int) error {
	switch {
	case t.All && t.N == 0 && t.Of == 0:
		return nil
	case t.All:
		return errors.New("the threshold is both all and a number")
	case t.N < 1:
		return fmt.Errorf("a threshold of %s is met by nobody's consent: use 1 to %d, or all", t, members)
	case t.Of == 0 && t.N > members:
		return fmt.Errorf("a threshold of %d can never be met by the number of members, %d", t.N, members)
	case t.Of < 0 || t.Of > maxDenominator:
		return fmt.Errorf("the denominator of %s is above %d", t, maxDenominator)
	case t.Of > 0 && t.N >= t.Of:
		return fmt.Errorf("the share %s is not below 1: write all", t)
	case t.Of > 0 && gcd(t.N, t.Of) > 1:
		d := gcd(t.N, t.Of)
		return fmt.Errorf("the share %s is not in lowest terms: write %s", t, Threshold{N: t.N / d, Of: t.Of / d})
	}
	return nil
}

func gcd(a, b int) int {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}

// within is the place of a group's member, counted from 1: "2.1".
func within(where string, i int) string {
	if where == "" {
		return strconv.Itoa(i + 1)
	}
	return where + "." + strconv.Itoa(i+1)
}

// errorf says in which group something is wrong.
func (g Group) errorf(where, format string, args ...any) error {
	place := "the outermost group"
	if where != "" {
		place = "group " + where
	}
	if g.Name != "" {
		place += " (" + quote(g.Name) + ")"
	}
	return fmt.Errorf("%s: %w", place, fmt.Errorf(format, args...))
}

// quote is a word from outside for an error, cut where it is long.
func quote(word string) string {
	const most = 64
	if len(word) > most {
		return strconv.Quote(word[:most]) + "..."
	}
	return strconv.Quote(word)
}
