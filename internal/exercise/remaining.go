package exercise

import (
	"cmp"
	"slices"
	"strings"
)

// Remaining is where the hosts are that were infected all the same, as shares of
// them over all seeds; in one result, as hosts.
type Remaining struct {
	NotTakingPart float64 `json:"not_taking_part"`   // at partners that do not take part
	NotCovered    float64 `json:"not_covered"`       // at the others, after their protection was in force: it does not cover these
	Before        float64 `json:"before_protection"` // at the others, before it was, or without any
}

// remaining counts the infected hosts so far, by why nothing kept them.
func (x *exchange) remaining() Remaining {
	var left Remaining
	for i := range x.world.sites {
		s, infected := &x.world.sites[i], x.world.InfectedAt(i)
		switch {
		case !x.members[i].takesPart && !x.way.never:
			left.NotTakingPart += float64(infected)
		case s.covered:
			left.NotCovered += float64(infected - s.before)
			left.Before += float64(s.before)
		default:
			left.Before += float64(infected)
		}
	}
	return left
}

// remain adds up what is left, as shares; nil where nobody was infected.
func remain(results []result) *Remaining {
	var sum Remaining
	for _, r := range results {
		sum.NotTakingPart += r.left.NotTakingPart
		sum.NotCovered += r.left.NotCovered
		sum.Before += r.left.Before
	}
	all := sum.NotTakingPart + sum.NotCovered + sum.Before
	if all == 0 {
		return nil
	}
	return &Remaining{sum.NotTakingPart / all, sum.NotCovered / all, sum.Before / all}
}

// String says what most of it is, and then the rest.
func (r Remaining) String() string {
	type part struct {
		share float64
		what  string
	}
	parts := []part{
		{r.NotTakingPart, "hosts of partners that do not take part"},
		{r.NotCovered, "hosts that no protection covers"},
		{r.Before, "hosts infected before a protection was in force"},
	}
	parts = slices.DeleteFunc(parts, func(p part) bool { return p.share == 0 })
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.share, a.share) })
	if len(parts) == 1 {
		return parts[0].what
	}
	texts := make([]string, 0, len(parts))
	for _, p := range parts {
		texts = append(texts, p.what+" ("+percent(p.share)+")")
	}
	text := strings.Join(texts, ", ")
	if len(parts) > 0 && parts[0].share > 0.5 {
		text = "mostly " + text
	}
	return text
}
