package patternset

import (
	"container/list"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// windows are the states of the patterns that wait for more observations. One
// is made when the first of a pattern's atoms holds, and dropped when nothing
// in it can be completed any more, or to make room for another.
type windows struct {
	options Options
	held    atomic.Int64 // observations in all live windows

	mu      sync.Mutex
	clock   clock
	live    map[uint32]*list.Element // of *window
	byTouch *list.List               // the last touched at the back
	gone    windowCounts             // counts of windows that are gone
}

// windowCounts is what windows did not do for want of room.
type windowCounts struct {
	windows      uint64 // dropped with observations that could still matter
	observations uint64 // dropped, without those in dropped windows
	late         uint64 // observations that came after the horizon had passed them
	gaveUp       uint64 // searches that took too long
}

// add adds what a window did not do. The caller has its lock.
func (c *windowCounts) add(w *window) {
	c.observations += w.w.Evicted()
	c.late += w.w.Late()
	c.gaveUp += w.w.GaveUp()
}

// window is a pattern's state. Its own lock lets two patterns be searched at
// once; it is taken after windows.mu or without it.
type window struct {
	of   *compiled
	turn int // of the clock: a window that was expired goes by no earlier time
	mu   sync.Mutex
	w    *pattern.Window
	held int  // of windows.held
	gone bool // it is not live any more
}

// count tells windows.held what the window holds now. The caller has its lock.
func (w *window) count(ws *windows) {
	held := w.w.Len()
	if w.gone {
		held = 0 // who still has it will be the last
	}
	ws.held.Add(int64(held - w.held))
	w.held = held
}

func newWindows(o Options) *windows {
	return &windows{options: o, live: map[uint32]*list.Element{}, byTouch: list.New()}
}

// see puts an observation for which atoms of a pattern hold into its window and
// calls yield for each match that it completes, until yield returns false.
func (ws *windows) see(c *compiled, atoms []int, seen pattern.Seen, yield func(refs []uint64) bool) bool {
	w, horizon := ws.touch(c, seen.First)
	w.mu.Lock()
	var matches [][]uint64
	for _, atom := range atoms {
		w.w.Add(atom, seen)
	}
	for {
		refs, ok := w.w.Match()
		if !ok {
			break
		}
		matches = append(matches, refs)
	}
	if !horizon.IsZero() {
		w.w.Expire(horizon)
	}
	w.count(ws)
	w.mu.Unlock()
	for _, refs := range matches {
		if !yield(refs) {
			return false
		}
	}
	return true
}

// touch is the window of a pattern, made where there is none, and the time
// before which no event is expected, zero if that is not known.
func (ws *windows) touch(c *compiled, at time.Time) (w *window, horizon time.Time) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	horizon = ws.clock.see(at, ws.options.Now(), ws.options.Lateness)
	if !horizon.IsZero() {
		ws.expire(horizon)
	}
	if e, ok := ws.live[c.number]; ok {
		w = e.Value.(*window)
		switch {
		case w.of.id != c.id || w.of.text != c.text: // the number has been given to another pattern
		case w.turn != ws.clock.turns:
			ws.gone.windows++
		default:
			ws.byTouch.MoveToBack(e)
			ws.makeRoom(w)
			return w, horizon
		}
		ws.drop(e)
	}
	for len(ws.live) >= ws.options.Windows {
		ws.gone.windows++
		ws.drop(ws.byTouch.Front())
	}
	ws.makeRoom(nil)
	w = &window{of: c, w: c.program.NewWindow(ws.options.Window), turn: ws.clock.turns}
	ws.live[c.number] = ws.byTouch.PushBack(w)
	return w, horizon
}

// makeRoom drops the windows touched longest ago until one more observation has
// room. The window that it is for stays: it is limited by itself.
func (ws *windows) makeRoom(except *window) {
	for ws.held.Load() >= int64(ws.options.Observations) {
		e := ws.byTouch.Front()
		if e == nil || e.Value.(*window) == except {
			return
		}
		ws.gone.windows++
		ws.drop(e)
	}
}

// expire looks at the windows that were touched longest ago, two a time: that
// is more than are made.
func (ws *windows) expire(horizon time.Time) {
	for range 2 {
		e := ws.byTouch.Front()
		if e == nil {
			return
		}
		w := e.Value.(*window)
		if !w.mu.TryLock() {
			return // it is being asked this moment
		}
		w.w.Expire(horizon)
		w.count(ws)
		empty := w.w.Empty()
		w.mu.Unlock()
		if !empty {
			return
		}
		ws.drop(e)
	}
}

// drop forgets a window, and remembers what it did not do.
func (ws *windows) drop(e *list.Element) {
	w := ws.byTouch.Remove(e).(*window)
	delete(ws.live, w.of.number)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone = true
	w.count(ws)
	ws.gone.add(w)
}

// forget drops the window of a removed pattern.
func (ws *windows) forget(number uint32) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if e, ok := ws.live[number]; ok {
		ws.drop(e)
	}
}

// stats counts the live windows, and what all that there were did not do.
func (ws *windows) stats() (live int, counts windowCounts) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	counts = ws.gone
	for _, e := range ws.live {
		w := e.Value.(*window)
		w.mu.Lock()
		counts.add(w)
		w.mu.Unlock()
	}
	return len(ws.live), counts
}
