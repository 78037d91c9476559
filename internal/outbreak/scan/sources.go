package scan

import (
	"math"

	"github.com/tocsin-project/tocsin/internal/hugepages"
)

// walk is what is known of one source on one port, in half a cache line.
// Seconds are of Unix time, of which 32 bits suffice: only their distance counts.
type walk struct {
	key     uint64  // hash of source and port; 0 is an empty place
	began   int64   // of the first failure since the ratio was last at or below 0, in microseconds
	last    uint32  // second of the last first contact
	flagged uint32  // second at which it was flagged; 0: it never was
	ratio   float32 // the log likelihood ratio, 0 at the start
	count   uint16  // first contacts in the window of last
	dark    uint8   // distinct dark targets
	state   uint8   // benign, and above it the logarithm of what is usual
}

// In a walk's state: that the first test found it benign, that it was flagged
// and the walk has not begun anew since, and, in the bits above, by how many targets in a window it is busy, as one more than their
// logarithm to base 2, rounded up.
const (
	benign    = 1
	scanner   = 2
	busyShift = 2
)

// tally counts a first contact.
func (w *walk) tally(now, window uint32) {
	if w.last/window != now/window {
		w.count = 0
	}
	w.last = now
	if w.count < math.MaxUint16 {
		w.count++
	}
}

func (w *walk) busy() uint8 { return w.state >> busyShift }

// sources is a table of walks: a walk is at the place that its key names, or at
// one of the next few. It is at most half full until it has grown to its limit.
// A source that finds no room there pushes out the walk that is worth least: see
// worth.
type sources struct {
	places  []walk
	shift   uint // of a key, to get its place
	limit   int  // of places
	used    int
	evicted uint64
	window  uint32 // seconds
}

const (
	reach     = 16
	minPlaces = 64
)

func newSources(limit int, window uint32) sources {
	s := sources{limit: minPlaces, window: window}
	for s.limit < 2*limit && s.limit < 1<<30 {
		s.limit *= 2
	}
	return s
}

func (s *sources) near(key uint64) []walk {
	home := key >> s.shift
	return s.places[home : home+reach : home+reach]
}

// find is a source's walk, or nil.
func (s *sources) find(key uint64) *walk {
	if s.places == nil {
		return nil
	}
	near := s.near(key)
	for i := range near {
		if near[i].key == key {
			return &near[i]
		}
	}
	return nil
}

// get is a source's walk, made if there is none.
func (s *sources) get(key uint64, now uint32) *walk {
	if s.used >= len(s.places)/2 && len(s.places) < s.limit {
		s.grow(now)
	}
	near := s.near(key)
	for i := range near {
		switch near[i].key {
		case key:
			return &near[i]
		case 0:
			s.used++
			near[i].key = key
			return &near[i]
		}
	}
	w := s.least(near, now)
	s.evicted++
	*w = walk{key: key}
	return w
}

func (s *sources) grow(now uint32) {
	old := s.places
	slots := max(2*(len(old)-len(old)%minPlaces), minPlaces)
	s.shift = 64
	for n := slots; n > 1; n /= 2 {
		s.shift--
	}
	s.places, s.used = make([]walk, slots+reach-1), 0
	hugepages.Ask(s.places)
	for i := range old {
		if old[i].key != 0 {
			*s.get(old[i].key, now) = old[i]
		}
	}
}

// least is the walk that is forgotten first: the one worth least, and of those
// the one that was not used for longest.
func (s *sources) least(near []walk, now uint32) *walk {
	least, worth := 0, s.worth(&near[0], now)
	for i := 1; i < len(near); i++ {
		w := s.worth(&near[i], now)
		if w < worth || w == worth && apart(now, near[i].last) > apart(now, near[least].last) {
			least, worth = i, w
		}
	}
	return &near[least]
}

// worth orders walks: lowest are those that were idle for a window, then those
// without a failure to their account, then the more failed the higher, with
// those that are busy; then scanners whose flag has expired, who would be
// counted twice; highest are scanners. So a flood of invented sources
// that fail once pushes out neither a scanner nor who is about to become one:
// to do that, each must itself come as close to being one.
func (s *sources) worth(w *walk, now uint32) float32 {
	const flagged, expired, some = 1000, 900, 1
	idle := apart(now, w.last) >= s.window
	switch {
	case w.state&scanner != 0 && apart(now, w.flagged) < s.window:
		return flagged
	case w.flagged != 0:
		return expired
	case idle:
		return 0
	default:
		return some + max(w.ratio, 0) + float32(w.dark) + float32(w.busy())
	}
}

// apart is how many seconds lie between two, whichever is first.
func apart(a, b uint32) uint32 {
	if d := int32(a - b); d < 0 {
		return uint32(-d)
	}
	return a - b
}
