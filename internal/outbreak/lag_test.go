package outbreak_test

import (
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// A person speaks of the time that the telemetry is at, if that is behind by
// hours. A first batch with times of years ago takes nobody's word back there.
func TestAWordIsOfThePresent(t *testing.T) {
	for _, c := range []struct {
		name  string
		first time.Time
		at    time.Time // of the word
	}{
		{"telemetry of an hour ago", minute(-60), minute(-60)},
		{"telemetry of 1990", time.Date(1990, 2, 1, 0, 0, 0, 0, time.UTC), minute(0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newDesk(t)
			k.clock = minute(0)
			k.asks(0, "old.example", c.first)
			k.ring(access.Partner{}, 445)
			k.decide(minute(1))
			list := k.state.List()
			if len(list) != 1 || !list[0].Raised.Equal(c.at) {
				t.Errorf("raised %+v, want at %s", list, c.at)
			}
		})
	}
}
