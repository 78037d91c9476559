package pull

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

func TestPauses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := time.Duration(rapid.Int64Range(int64(leastEvery), int64(48*time.Hour)).Draw(t, "every"))
		failures := rapid.IntRange(1, 1000).Draw(t, "failures")
		wanted := time.Duration(rapid.Int64Range(0, int64(100*time.Hour)).Draw(t, "asked"))
		if wait := around(every); wait < every-every/10 || wait > every+every/10 {
			t.Fatalf("%v for %v", wait, every)
		}
		if wait := first(every); wait < 0 || wait >= time.Second {
			t.Fatalf("%v at first", wait)
		}
		wait := backOff(every, failures, wanted)
		most := max(min(every, longestBackOff), min(wanted, longestBackOff))
		if wait < min(wanted, longestBackOff) || wait > most || wait < min(firstBackOff, every)/2 {
			t.Fatalf("%v after %d failures of %v, asked for %v", wait, failures, every, wanted)
		}
	})
	for failures, most := range map[int]time.Duration{1: 15 * time.Second, 2: 30 * time.Second, 5: 4 * time.Minute, 6: 8 * time.Minute, 7: 10 * time.Minute, 100: 10 * time.Minute} {
		if wait := backOff(10*time.Minute, failures, 0); wait < most/2 || wait > most {
			t.Errorf("%v after %d failures, want %v to %v", wait, failures, most/2, most)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{"120": 2 * time.Minute, "": 0, "-5": 0, "soon": 0, "1h": 0, "Mon, 02 Jan 2006 15:04:05 GMT": 0} {
		if got := retryAfter(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	if got := retryAfter(time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)); got < 50*time.Minute || got > time.Hour {
		t.Errorf("in an hour: %v", got)
	}
}

// A source that fails is tried again sooner than one that does not, ever more
// seldom, and in its usual turn once it succeeds.
func TestTheRhythmOfASource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(Config{Name: "l", Kind: "list"}, &Deps{Append: func(_ context.Context, drafts ...ledger.Draft) ([]ledger.Entry, error) {
			return make([]ledger.Entry, len(drafts)), nil
		}}, nil)
		outcomes := []error{nil, nil, errors.New("no"), errors.New("no"), &busy{errors.New("later"), 7 * time.Minute}, nil, nil}
		ctx, cancel := context.WithCancel(t.Context())
		var tries []time.Time
		s.pull = func(context.Context) error {
			tries = append(tries, time.Now())
			if len(tries) == len(outcomes) {
				cancel()
			}
			return outcomes[len(tries)-1]
		}
		s.run(ctx)
		const usual = 10 * time.Minute
		for i, want := range [][2]time.Duration{
			{usual * 9 / 10, usual * 11 / 10}, {usual * 9 / 10, usual * 11 / 10}, {7 * time.Second, 15 * time.Second},
			{15 * time.Second, 30 * time.Second}, {7 * time.Minute, 7 * time.Minute}, {usual * 9 / 10, usual * 11 / 10},
		} {
			if gap := tries[i+1].Sub(tries[i]); gap < want[0] || gap > want[1] {
				t.Errorf("pause %d is %v, want %v to %v", i+1, gap, want[0], want[1])
			}
		}
	})
}
