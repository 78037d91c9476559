package live_test

import (
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/live"
)

func TestWaitingTakesNoProcessor(t *testing.T) {
	waiting := live.Processor(func() { time.Sleep(200 * time.Millisecond) })
	sum := 0
	working := live.Processor(func() {
		for i := range 100_000_000 {
			sum += i
		}
	})
	if waiting >= working || working <= 0 {
		t.Errorf("to wait takes %s, to work %s (sum %d)", waiting, working, sum)
	}
}
