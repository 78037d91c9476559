package report

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// So many reports are made at a time; who waits too long is told when to come back,
// and who goes away waits no longer.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := make(turns, 1)
		done, err := list.take(t.Context(), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err = list.take(t.Context(), 10*time.Second)
		var busy Busy
		if !errors.As(err, &busy) || busy.After != 15*time.Second || time.Since(began) != 10*time.Second {
			t.Errorf("a turn too many: %v after %s", err, time.Since(began))
		}
		gone, leave := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, leave)
		if _, err := list.take(gone, time.Hour); !errors.Is(err, context.Canceled) {
			t.Errorf("who has gone away: %v", err)
		}
		time.AfterFunc(time.Second, done)
		if _, err := list.take(t.Context(), time.Hour); err != nil {
			t.Errorf("the next turn: %v", err)
		}
	})
}

// One partner has one turn, the model one of its own kind, and who waits for a turn
// of its own holds none of the hub's.
func TestNobodyHasAllTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMaker(nil, Options{}, time.Now)
		turn := func(partner access.PartnerID, plays bool) (func(), error) {
			return m.turn(t.Context(), access.Principal{Partner: partner}, plays)
		}
		must := func(done func(), err error) func() {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			return done
		}
		busy := func(_ func(), err error) {
			t.Helper()
			var b Busy
			if !errors.As(err, &b) {
				t.Errorf("a turn too many: %v", err)
			}
		}
		first := must(turn("a", false))
		go func() { busy(turn("a", false)) }() // waits meanwhile
		synctest.Wait()
		busy(turn("a", true))
		played := must(turn("b", true))
		busy(turn("c", true))
		second := must(turn("c", false))
		busy(turn("d", false))
		first()
		must(turn("a", false))()
		second()
		played()
		if len(m.own) != 0 {
			t.Errorf("%d are kept who ask for nothing", len(m.own))
		}
	})
}
