package exercise_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/exercise"
)

// A panic on the way is the caller's: it can recover, and the process goes on.
func TestAPanicIsTheCallers(t *testing.T) {
	for _, workers := range []int{1, 2} {
		func() {
			defer func() {
				why, _ := recover().(string)
				if !strings.Contains(why, "a mistake") || !strings.Contains(why, "player_test.go") {
					t.Errorf("%d workers: recovered %q", workers, why)
				}
			}()
			p := exercise.Player{Workers: workers, Played: func(int, int) { panic("a mistake") }}
			_, err := p.Compare(t.Context(), find(t, "wannacry-12-may").Sized(1000, 0, 1), seeds(2))
			t.Errorf("%d workers: no panic, and %v", workers, err)
		}()
	}
}

// It may rest before each step, and that changes nothing of what comes out.
func TestAPlayerRestsBetweenSteps(t *testing.T) {
	s := find(t, "wannacry-12-may").Sized(1000, 0, 1)
	var rests atomic.Int64
	resting, err := exercise.Player{Workers: 1, Rest: func() { rests.Add(1) }}.Compare(t.Context(), s, seeds(1))
	if err != nil {
		t.Fatal(err)
	}
	if steps := int64(s.Hours * 3600 / s.Step().Seconds()); rests.Load() < 5*steps {
		t.Errorf("it rested %d times in five epidemics of %d steps", rests.Load(), steps)
	}
	if d := cmp.Diff(compare(t, s, 1).Sharing, resting.Sharing); d != "" {
		t.Errorf("what comes out is different:\n%s", d)
	}
}
