// Package quorum says who has to agree: groups with thresholds, nested, with
// their one text form (docs/dossier.md, "Policy"):
//
//	all of [reviewers: 2/3 of [A, B, C], victims: all of [D, E]]
//
// What agrees is named by plain strings: partners in the decision policy of a
// case, witnesses in a trust file. Reading is strict, since a rule that is read
// in two ways is none: whatever could never be satisfied, is satisfied by
// nobody's consent, or counts one voice twice is an error.
package quorum

import (
	"strconv"
	"strings"
)

// Group is some members and how many of them it takes.
type Group struct {
	Name      string // "" where it has none
	Threshold Threshold
	Members   []Member
}

// Member is one of a group: a leaf, or another group.
type Member struct {
	Leaf  string // "" for a group
	Group *Group // nil for a leaf
}

// label is what the member is named by; "" for a group without a name.
func (m Member) label() string {
	if m.Group != nil {
		return m.Group.Name
	}
	return m.Leaf
}

// Threshold is how many members it takes: all, a number, or a share of them,
// rounded up. The zero Threshold is not valid.
type Threshold struct {
	All bool
	N   int // how many; the numerator of a share
	Of  int // the denominator of a share, 0 for a number
}

// Need is how many of a group with so many members it takes.
func (t Threshold) Need(members int) int {
	switch {
	case t.All:
		return members
	case t.Of > 0:
		return (members*t.N + t.Of - 1) / t.Of
	}
	return t.N
}

// String is "all", "2" or "2/3".
func (t Threshold) String() string {
	switch {
	case t.All:
		return "all"
	case t.Of > 0:
		return strconv.Itoa(t.N) + "/" + strconv.Itoa(t.Of)
	}
	return strconv.Itoa(t.N)
}

// Need is how many of the group's members it takes.
func (g Group) Need() int { return g.Threshold.Need(len(g.Members)) }

// Satisfied says whether the group's threshold is met by the leaves for which
// has is true. Nobody's silence satisfies anything: an empty group never is.
func (g Group) Satisfied(has func(leaf string) bool) bool {
	met := 0
	for _, m := range g.Members {
		if m.Group != nil && m.Group.Satisfied(has) || m.Group == nil && has(m.Leaf) {
			met++
		}
	}
	return met >= max(1, g.Need())
}

// Leaves lists the leaves, each once, as they first stand.
func (g Group) Leaves() []string {
	var leaves []string
	seen := make(map[string]bool)
	g.walk(func(leaf string) {
		if !seen[leaf] {
			seen[leaf] = true
			leaves = append(leaves, leaf)
		}
	})
	return leaves
}

// walk visits the leaves as they stand.
func (g Group) walk(visit func(leaf string)) {
	for _, m := range g.Members {
		if m.Group != nil {
			m.Group.walk(visit)
		} else {
			visit(m.Leaf)
		}
	}
}

// String writes the group as Parse reads it, in the one way without needless
// spaces. The outermost group's name is not written.
func (g Group) String() string {
	var b strings.Builder
	g.write(&b)
	return b.String()
}

func (g Group) write(b *strings.Builder) {
	b.WriteString(g.Threshold.String() + " of [")
	for i, m := range g.Members {
		if i > 0 {
			b.WriteString(", ")
		}
		switch {
		case m.Group == nil:
			b.WriteString(m.Leaf)
			continue
		case m.Group.Name != "":
			b.WriteString(m.Group.Name + ": ")
		}
		m.Group.write(b)
	}
	b.WriteString("]")
}
