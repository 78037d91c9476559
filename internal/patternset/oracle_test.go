package patternset_test

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// oracle asks every pattern's program about every event, one after the other.
type oracle struct{ programs map[string]*asked }

type asked struct {
	program *pattern.Program
	window  *pattern.Window
}

func newOracle() *oracle { return &oracle{programs: map[string]*asked{}} }

func (o *oracle) add(id string, p pattern.Pattern) error {
	program, err := pattern.Compile(p)
	if err == nil {
		o.programs[id] = &asked{program: program, window: program.NewWindow(pattern.WindowLimits{})}
	}
	return err
}

func (o *oracle) match(e *pattern.Observed, ref uint64) (hits []patternset.Hit) {
	for id, a := range o.programs {
		var first *pattern.Witness
		for i, atom := range a.program.Atoms() {
			if w, ok := atom.Test(e); ok {
				if first == nil {
					first = &w
				}
				a.window.Add(i, pattern.Seen{First: e.First, Last: e.Last, Number: e.Number, Ref: ref})
			}
		}
		for first != nil {
			refs, ok := a.window.Match()
			if !ok {
				break
			}
			hits = append(hits, patternset.Hit{ID: id, Path: first.Path, Value: first.Value, Refs: refs})
		}
	}
	sortHits(hits)
	return hits
}

func sortHits(hits []patternset.Hit) {
	slices.SortFunc(hits, func(a, b patternset.Hit) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), slices.Compare(a.Refs, b.Refs))
	})
}

func hitsOf(s *patternset.Set, e patternset.Event, ref uint64) (hits []patternset.Hit) {
	s.Match(e, ref, func(h patternset.Hit) bool {
		hits = append(hits, h)
		return true
	})
	sortHits(hits)
	return hits
}

// agree fails the test unless the set and the oracle say the same of an event.
func agree(t failer, s *patternset.Set, o *oracle, e *pattern.Observed, ref uint64) int {
	t.Helper()
	got, want := hitsOf(s, (*observation)(e), ref), o.match(e, ref)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Fatalf("event %d, %v:\nhits differ from each pattern's own (-want +got):\n%s", ref, e.Objects, diff)
	}
	return len(want)
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func parse(t testing.TB, text string) pattern.Pattern {
	t.Helper()
	p, err := pattern.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
