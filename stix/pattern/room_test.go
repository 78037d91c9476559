package pattern_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// What was reported is held as well, until it cannot come again.
func TestWindowLen(t *testing.T) {
	_, program := compiled(t, "([x:a = 1] FOLLOWEDBY [x:b = 1]) WITHIN 5 SECONDS")
	w := program.NewWindow(pattern.WindowLimits{})
	for i, step := range []struct {
		do   func()
		want int
	}{
		{func() {}, 0},
		{func() { w.Add(0, at(0, 1)); w.Add(0, at(0, 1)); w.Add(1, at(0, 1)) }, 1},
		{func() { w.Add(0, at(1, 2)) }, 2},
		{func() { w.Add(1, at(3, 3)); w.Match() }, 3},
		{func() { w.Expire(epoch.Add(5 * time.Second)) }, 2},
		{func() { w.Expire(epoch.Add(time.Minute)) }, 0},
	} {
		step.do()
		if got := w.Len(); got != step.want || w.Empty() != (got == 0) {
			t.Errorf("step %d: %d observations, empty %v; want %d", i, got, w.Empty(), step.want)
		}
	}
}

// A window that was full once does not keep the room for it.
func TestWindowGivesRoomBack(t *testing.T) {
	_, program := compiled(t, "([x:a = 1] FOLLOWEDBY [x:b = 1]) WITHIN 5 SECONDS")
	w := program.NewWindow(pattern.WindowLimits{Observations: 1 << 20})
	const many = 200_000
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	empty := heap()
	for i := range many {
		w.Add(0, at(float64(i)/1e6, uint64(i)))
	}
	full := heap()
	w.Add(0, at(60, many))
	w.Expire(epoch.Add(time.Minute))
	if left := heap(); w.Len() != 1 || full < empty+many*40 || left > empty+many {
		t.Errorf("%d bytes with nothing in it, %d with %d observations, %d with %d", empty, full, many, left, w.Len())
	}
	runtime.KeepAlive(w)
}
