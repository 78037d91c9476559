package pattern_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

func compiled(t interface{ Fatalf(string, ...any) }, text string) (pattern.Pattern, *pattern.Program) {
	p, err := pattern.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	program, err := pattern.Compile(p)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p, program
}

func TestMatchIsWhatTheOracleFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := questions(3).Draw(t, "pattern")
		observations := streams().Draw(t, "observations")
		p, program := compiled(t, text)
		o := &oracle{observations: observations, usable: func(int) bool { return true }, program: program}
		want := o.matches(p)
		if o.tooMany {
			return
		}
		got, ok := program.Match(observations)
		if ok != (len(want) > 0) {
			t.Fatalf("%s: match %v, of %v", text, ok, want)
		}
		if ok && !slices.ContainsFunc(want, func(of []int) bool { return slices.Equal(of, got) }) {
			t.Fatalf("%s: %v is none of the matches %v", text, got, want)
		}
	})
}

// TestWindowIsWhatTheOracleFinds holds a window over a stream against the
// oracle over all that came so far and is not spent. Observations come in any
// order, some of them twice; the window is told what time it is.
func TestWindowIsWhatTheOracleFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := questions(3).Draw(t, "pattern")
		observations := streams().Draw(t, "observations")
		if rapid.Bool().Draw(t, "in order") {
			slices.SortStableFunc(observations, func(a, b pattern.Observed) int { return a.First.Compare(b.First) })
		}
		p, program := compiled(t, text)
		w := program.NewWindow(pattern.WindowLimits{})
		usable := make([]bool, len(observations))
		o := &oracle{observations: observations, usable: func(i int) bool { return usable[i] }, program: program}
		add := func(i int) {
			seen := pattern.Seen{First: observations[i].First, Last: observations[i].Last, Number: observations[i].Number, Ref: uint64(i)}
			for n, atom := range program.Atoms() {
				if _, ok := atom.Test(&observations[i]); ok {
					w.Add(n, seen)
				}
			}
		}
		for i := range observations {
			usable[i] = true
			add(i)
			if again := rapid.IntRange(-1, i).Draw(t, "again"); again >= 0 {
				add(again)
			}
			for {
				want := o.matches(p)
				if o.tooMany {
					return
				}
				refs, ok := w.Match()
				if ok != (len(want) > 0) {
					t.Fatalf("%s: after %d: match %v, of %v", text, i, ok, want)
				}
				if !ok {
					break
				}
				var got []int
				for _, ref := range refs {
					got = append(got, int(ref))
					usable[ref] = false
				}
				slices.Sort(got)
				if !slices.ContainsFunc(want, func(of []int) bool { return slices.Equal(of, got) }) {
					t.Fatalf("%s: after %d: %v is none of the matches %v", text, i, got, want)
				}
			}
			if rest := observations[i+1:]; len(rest) > 0 {
				w.Expire(slices.MinFunc(rest, func(a, b pattern.Observed) int { return a.First.Compare(b.First) }).First)
			}
		}
		if w.Evicted() != 0 || w.GaveUp() != 0 {
			t.Fatalf("%s: %d evicted, gave up %d times", text, w.Evicted(), w.GaveUp())
		}
	})
}

func at(second float64, ref uint64) pattern.Seen {
	when := epoch.Add(time.Duration(second * float64(time.Second)))
	return pattern.Seen{First: when, Last: when, Ref: ref}
}

// The copies of what is repeated share their times here.
func TestRepeatedPairsAtOneTime(t *testing.T) {
	for _, text := range []string{
		"([x:a = 1] FOLLOWEDBY [x:b = 1]) REPEATS 3 TIMES",
		"(([x:a = 1] AND [x:b = 1]) WITHIN 2 SECONDS) REPEATS 3 TIMES",
	} {
		_, program := compiled(t, text)
		w := program.NewWindow(pattern.WindowLimits{})
		for ref := range uint64(6) {
			if _, ok := w.Match(); ok {
				t.Errorf("%s: a match of %d observations", text, ref)
			}
			w.Add(int(ref%2), at(float64(ref%2), ref))
		}
		if refs, ok := w.Match(); !ok || len(refs) != 6 {
			t.Errorf("%s: %v", text, refs)
		}
	}
}

func TestWindowKeepsWhatMattersToOneOfItsAtoms(t *testing.T) {
	_, program := compiled(t, "([x:a = 1] FOLLOWEDBY [x:b = 1]) OR ([x:a = 1] AND [x:c = 1]) WITHIN 5 SECONDS")
	w := program.NewWindow(pattern.WindowLimits{})
	w.Add(0, at(0, 1))
	w.Add(2, at(0, 1))
	w.Expire(epoch.Add(time.Hour))
	w.Add(1, at(3600, 2))
	refs, _ := w.Match()
	if diff := cmp.Diff([]uint64{1, 2}, refs); diff != "" {
		t.Error(diff)
	}
}

func TestWindowForgetsWhatCannotMatter(t *testing.T) {
	_, program := compiled(t, "(([x:a = 1] FOLLOWEDBY [x:b = 1]) WITHIN 8 SECONDS) WITHIN 5 SECONDS")
	w := program.NewWindow(pattern.WindowLimits{})
	w.Add(0, at(0, 1))
	w.Expire(epoch.Add(5*time.Second - 1))
	if w.Empty() {
		t.Error("it is gone while one that comes less than 5 seconds after it would match")
	}
	w.Expire(epoch.Add(5 * time.Second))
	if !w.Empty() {
		t.Error("it is there when nothing can follow within 5 seconds any more")
	}
	if w.Evicted() != 0 {
		t.Error("what is over was not evicted")
	}
}

func TestWindowIsBounded(t *testing.T) {
	_, program := compiled(t, "[x:a = 1] FOLLOWEDBY [x:b = 1]")
	w := program.NewWindow(pattern.WindowLimits{Observations: 10})
	for i := range 25 {
		w.Add(0, at(float64(i), uint64(i)))
		if refs, ok := w.Match(); ok {
			t.Fatalf("%v match", refs)
		}
		w.Expire(epoch.Add(time.Duration(i) * time.Second))
	}
	if w.Evicted() != 15 {
		t.Errorf("%d evicted, want 15", w.Evicted())
	}
	// What is left are 15 to 24. One that is older than these finds no room.
	w.Add(1, at(14.5, 100))
	if refs, ok := w.Match(); ok {
		t.Errorf("%v match", refs)
	}
	w.Add(1, at(20, 101)) // and makes 15 go
	refs, _ := w.Match()
	if diff := cmp.Diff([]uint64{16, 101}, refs); diff != "" {
		t.Error(diff)
	}
}

func TestWindowReportsAMatchOnce(t *testing.T) {
	_, program := compiled(t, "[x:a = 1] REPEATS 3 TIMES WITHIN 10 SECONDS")
	w := program.NewWindow(pattern.WindowLimits{})
	var reported [][]uint64
	for i := range 7 {
		w.Add(0, at(float64(i), uint64(i)))
		w.Add(0, at(float64(i), uint64(i))) // delivered twice
		for {
			refs, ok := w.Match()
			if !ok {
				break
			}
			reported = append(reported, refs)
		}
	}
	w.Add(0, at(0, 0)) // delivered again after it was reported
	if refs, ok := w.Match(); ok {
		reported = append(reported, refs)
	}
	if diff := cmp.Diff([][]uint64{{0, 1, 2}, {3, 4, 5}}, reported); diff != "" {
		t.Error(diff)
	}
}

func TestWindowGivesUpAndSaysSo(t *testing.T) {
	_, program := compiled(t, "[x:a = 1] FOLLOWEDBY [x:b = 1]")
	for _, c := range []struct {
		work   int
		gaveUp uint64
	}{{0, 0}, {20, 1}} {
		w := program.NewWindow(pattern.WindowLimits{Work: c.work})
		for i := range 60 {
			w.Add(i%2, at(float64(i), uint64(i)))
		}
		if _, ok := w.Match(); ok != (c.gaveUp == 0) || w.GaveUp() != c.gaveUp {
			t.Errorf("with %d steps: match %v, gave up %d times", c.work, ok, w.GaveUp())
		}
	}
}

func TestAloneAtomsNeedNoWindow(t *testing.T) {
	_, program := compiled(t, "[x:a = 1] OR [x:b = 1] WITHIN 5 SECONDS OR [x:c = 1] REPEATS 2 TIMES OR ([x:d = 1] AND [x:e = 1])")
	var alone []bool
	for atom := range program.Atoms() {
		alone = append(alone, program.Alone(atom))
	}
	if diff := cmp.Diff([]bool{true, true, false, false, false}, alone); diff != "" {
		t.Error(diff)
	}
}
