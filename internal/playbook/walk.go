package playbook

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

// walk takes the step and what follows it; before are the keys of what has to be
// done before, why is a word on the first step of a branch. It gives the keys of
// what has to be done before what comes after the branch. A step that two ways
// lead to waits for both.
func (t *taker) walk(id string, before []string, why string) []string {
	s := t.p.Workflow[id]
	if heads, known := t.heads[id]; known {
		if len(heads) == 0 {
			return before // there is no work in it
		}
		for _, key := range heads {
			t.wait(key, before)
		}
		return t.ends[id]
	}
	var heads, ends []string
	switch s.Type {
	case typeEnd:
		return before
	case typeStart:
		ends = before
	case typeParallel:
		for _, next := range s.NextSteps {
			ends = append(ends, t.walk(next, before, "")...)
			heads = append(heads, t.heads[next]...)
		}
	case typeAction, typePlaybook:
		key := t.take(id, s, before, why)
		heads, ends = []string{key}, []string{key}
	default: // a condition: somebody decides
		key := t.take(id, s, before, why)
		heads = []string{key}
		branches := map[string]string{"if so": s.OnTrue, "if not": s.OnFalse}
		for name, to := range s.Cases {
			branches["if it is "+name] = to
		}
		for _, name := range slices.Sorted(maps.Keys(branches)) {
			if branches[name] != "" {
				ends = append(ends, t.walk(branches[name], []string{key}, name)...)
			}
		}
		if len(ends) == 0 {
			ends = []string{key}
		}
	}
	if s.OnFailure != "" {
		t.walk(s.OnFailure, ends, "if "+name(s, id)+" fails")
	}
	for _, next := range []string{s.OnCompletion, s.OnSuccess} {
		if next != "" {
			ends = t.walk(next, unique(ends), "")
			if len(heads) == 0 {
				heads = t.heads[next]
			}
		}
	}
	t.heads[id], t.ends[id] = unique(heads), unique(ends)
	return t.ends[id]
}

// wait has a step wait for others, but for those that wait for it: where a branch
// leads to what comes after all branches, that is done once, at its end.
func (t *taker) wait(key string, before []string) {
	for _, b := range before {
		if !t.waits(b, key) && !slices.Contains(t.after[key], b) {
			t.after[key] = append(t.after[key], b)
		}
	}
}

// waits says whether a step is another, or waits for it.
func (t *taker) waits(key, other string) bool {
	seen := map[string]bool{}
	var look func(key string) bool
	look = func(key string) bool {
		if key == other {
			return true
		}
		if seen[key] {
			return false
		}
		seen[key] = true
		return slices.ContainsFunc(t.after[key], look)
	}
	return look(key)
}

// order puts the steps so that each comes after those that it waits for.
func (t *taker) order() error {
	steps := map[string]response.Step{}
	keys := make([]string, 0, len(t.out.Template.Steps))
	for _, s := range t.out.Template.Steps {
		if _, twice := steps[s.Key]; twice {
			return fmt.Errorf("take playbook: %w: two steps have the key %.100q", access.ErrInvalid, s.Key)
		}
		keys = append(keys, s.Key)
		steps[s.Key] = s
	}
	slices.SortStableFunc(keys, func(a, b string) int { return cmp.Compare(t.numbers[a], t.numbers[b]) })
	placed, walking := map[string]bool{}, map[string]bool{}
	list := make([]response.Step, 0, len(steps))
	var place func(key string)
	place = func(key string) {
		s, known := steps[key]
		if !known || placed[key] || walking[key] {
			return
		}
		walking[key] = true
		for _, before := range t.after[key] {
			place(before)
		}
		placed[key] = true
		s.After = t.after[key]
		list = append(list, s)
	}
	for _, key := range keys {
		place(key)
	}
	t.out.Template.Steps = list
	return nil
}

// work is how many steps of a workflow somebody has to do.
func (p Playbook) work() (n int) {
	for _, s := range p.Workflow {
		if s.Type != typeStart && s.Type != typeEnd && s.Type != typeParallel {
			n++
		}
	}
	return n
}
