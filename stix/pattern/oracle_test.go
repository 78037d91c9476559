package pattern_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// The oracle finds the matches of a pattern by writing down every binding of
// its expressions to observations, as section 9.5 tells it: slow and obvious.

// one is one of the times that an observation was observed.
type one struct{ observation, time int }

// binding is the observations that an expression is bound to, in order.
type binding []one

type oracle struct {
	observations []pattern.Observed
	usable       func(observation int) bool
	atom         int // the next "[...]"
	program      *pattern.Program
	tooMany      bool
}

// matches are the observations of each match that the usable ones have.
func (o *oracle) matches(p pattern.Pattern) (all [][]int) {
	o.atom = 0
	for _, b := range o.bindings(p.Root) {
		var of []int
		for _, n := range b {
			of = append(of, n.observation)
		}
		slices.Sort(of)
		all = append(all, slices.Compact(of))
	}
	return all
}

func (o *oracle) bindings(e pattern.Observation) (all []binding) {
	switch e := e.(type) {
	case *pattern.Test:
		atom := o.program.Atoms()[o.atom]
		o.atom++
		for i := range o.observations {
			if _, ok := atom.Test(&o.observations[i]); ok && o.usable(i) {
				for n := range o.observations[i].Number {
					all = append(all, binding{{i, n}})
				}
			}
		}
		return all
	case *pattern.Qualified:
		all = o.bindings(e.Of)
		for _, q := range e.Qualifiers {
			all = o.qualified(all, q)
		}
		return all
	}
	j := e.(*pattern.Joined)
	all = o.bindings(j.Operands[0])
	for _, operand := range j.Operands[1:] {
		next := o.bindings(operand)
		switch j.Operator {
		case pattern.Or:
			all = append(all, next...)
		case pattern.And:
			all = o.pairs(all, next, func(_, _ binding) bool { return true })
		default:
			all = o.pairs(all, next, func(a, b binding) bool {
				return !o.earliestLast(b).Before(o.latestFirst(a))
			})
		}
	}
	return all
}

func (o *oracle) pairs(as, bs []binding, ok func(a, b binding) bool) (all []binding) {
	known := map[string]bool{}
	for _, a := range as {
		for _, b := range bs {
			shared := slices.ContainsFunc(a, func(n one) bool { return slices.Contains(b, n) })
			if shared || !ok(a, b) {
				continue
			}
			both := slices.Concat(a, b)
			slices.SortFunc(both, func(x, y one) int { return 100*(x.observation-y.observation) + x.time - y.time })
			if key := fmt.Sprint(both); !known[key] {
				known[key] = true
				all = append(all, both)
			}
			if len(all) > 2000 {
				o.tooMany = true
				return nil
			}
		}
	}
	return all
}

func (o *oracle) qualified(of []binding, q pattern.Qualifier) (all []binding) {
	if r, ok := q.(pattern.Repeats); ok {
		all = of
		for range r.Times - 1 {
			all = o.pairs(all, of, func(_, _ binding) bool { return true })
		}
		return all
	}
	for _, b := range of {
		keep := true
		switch q := q.(type) {
		case pattern.Within:
			apart := o.latestFirst(b).Sub(o.earliestLast(b))
			keep = apart < time.Duration(q.Seconds.Int)*time.Second
		case pattern.StartStop:
			start, _ := time.Parse(time.RFC3339, q.Start.Text)
			stop, _ := time.Parse(time.RFC3339, q.Stop.Text)
			for _, n := range b {
				seen := o.observations[n.observation]
				// some time of it is in [start, stop)
				keep = keep && !seen.Last.Before(start) && seen.First.Before(stop) && start.Before(stop)
			}
		}
		if keep {
			all = append(all, b)
		}
	}
	return all
}

func (o *oracle) latestFirst(b binding) time.Time {
	at := o.observations[b[0].observation].First
	for _, n := range b {
		if first := o.observations[n.observation].First; first.After(at) {
			at = first
		}
	}
	return at
}

func (o *oracle) earliestLast(b binding) time.Time {
	at := o.observations[b[0].observation].Last
	for _, n := range b {
		if last := o.observations[n.observation].Last; last.Before(at) {
			at = last
		}
	}
	return at
}

var epoch = time.Date(2024, 5, 12, 7, 0, 0, 0, time.UTC)

// streams are a few observations that have some of the properties a, b and c.
func streams() *rapid.Generator[[]pattern.Observed] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) pattern.Observed {
		object := pattern.Object{"type": "xyz"}
		for _, name := range rapid.SampledFrom([]string{"a", "b", "c", "ab", "bc", "abc", ""}).Draw(t, "has") {
			object[string(name)] = true
		}
		first := epoch.Add(time.Duration(rapid.IntRange(0, 9).Draw(t, "first")) * time.Second)
		length := time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 3}).Draw(t, "length")) * time.Second
		number := rapid.SampledFrom([]int{1, 1, 1, 2}).Draw(t, "number")
		return pattern.Observed{First: first, Last: first.Add(length), Number: number, Objects: []pattern.Object{object}}
	}), 1, 7)
}

// questions are patterns about a, b and c.
func questions(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		kind := rapid.IntRange(0, 7).Draw(t, "kind")
		inner := func() string { return questions(depth-1).Draw(t, "inner") }
		second := func(name string) int { return rapid.IntRange(0, 9).Draw(t, name) }
		switch {
		case depth == 0 || kind < 2:
			return "[xyz:" + rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "property") + " = true]"
		case kind < 5:
			by := rapid.SampledFrom([]string{" AND ", " OR ", " FOLLOWEDBY "}).Draw(t, "by")
			operands := []string{inner(), inner()}
			if rapid.IntRange(0, 3).Draw(t, "more") == 0 {
				operands = append(operands, inner())
			}
			return "(" + strings.Join(operands, by) + ")"
		case kind == 5:
			return fmt.Sprintf("(%s) WITHIN %d SECONDS", inner(), rapid.IntRange(1, 6).Draw(t, "span"))
		case kind == 6:
			return fmt.Sprintf("(%s) REPEATS %d TIMES", inner(), rapid.IntRange(1, 3).Draw(t, "times"))
		}
		return fmt.Sprintf("(%s) START t'2024-05-12T07:00:0%dZ' STOP t'2024-05-12T07:00:0%dZ'", inner(), second("start"), second("stop"))
	})
}
