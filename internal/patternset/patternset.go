// Package patternset asks many STIX patterns of each event at once: hundreds of
// thousands of them, in less time than one of them takes. It answers exactly as
// each pattern's own program would, asked of every event one after the other.
//
// # How
//
// Of each atom of a pattern ("[...]") the set looks for a cover: terms of which
// an event must show one if the atom holds for it.
//
//	=, IN               the path's value, numbers by what they are worth
//	ISSUBSET            the prefix, in a bart table; ISSUPERSET the other way round
//	LIKE, MATCHES       a gram, 3 to 6 bytes of a text that has to be there
//	AND                 the cheapest of its operands' covers
//	OR                  all of its operands' covers together
//	<, <=, >, >=        the path is there
//	NOT, !=, EXISTS     an object of the type is there
//
// An index leads from the terms to the patterns. What an event's terms lead to
// are candidates, and only these are evaluated, on the event's objects. The
// last two rows are no terms: their patterns are evaluated for every event that
// has such a path or object. There is a budget for these (Options.Uncovered),
// and Uncovered tells what each costs.
//
// # Live
//
// Readers never wait for a writer, nor for one another unless both come to the
// window of the same pattern. A pattern is found as soon as Add returns. The
// indexes and the patterns' texts lie in large pieces without pointers; a
// program is compiled when it is a candidate, and kept for a while.
package patternset

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// Event is what patterns are asked of: its terms, which cost little, and its
// objects, which are needed only if some pattern may hold.
type Event interface {
	// Terms yields each property of each object that is a string or a number,
	// until yield returns false. Both strings are valid during the call only.
	//
	// path is as a pattern has it, as pattern.Path prints it: names quoted
	// where they have to be, an element of a list as "[*]"; through a
	// reference, each property of the object that is referred to:
	//
	//	domain-name:value
	//	network-traffic:dst_ref.value
	//	file:hashes.'SHA-256'
	//	email-message:to_refs[*].value
	//	windows-registry-key:values[*].data
	//
	// text is the string, or the number in decimal digits. The properties
	// type and id, and the ids in references, may be left out, and so may
	// what is more than one reference away. An object that would yield
	// nothing yields its type: "process:type".
	Terms(yield func(path, text string) bool)
	// Observed are the event's objects. It is called once at most.
	Observed() *pattern.Observed
}

// Hit says that a pattern holds.
type Hit struct {
	ID string // the pattern's
	// Path and Value are what made the event satisfy the pattern, as in
	// pattern.Witness; of several observations the last that came.
	Path, Value string
	Refs        []uint64 // the observations that make it hold, by time
}

// Options of a set; zero values are defaults.
type Options struct {
	// Uncovered is the most patterns that no term covers, default 256. Each
	// costs some 100 ns an event that has an object of its type.
	Uncovered int
	// Crowd is the most patterns that may wait for the same term, default
	// 4096: an event that shows the term is asked of them all.
	Crowd int
	// Programs is how many compiled programs are kept, default 8192, some KB
	// each; it is rounded up to a power of two.
	Programs int
	// Windows is how many patterns may wait for more observations at a time,
	// default 8192. The one that got none for longest is forgotten first.
	Windows int
	// Window limits each of them.
	Window pattern.WindowLimits
	// Observations is how many all of them hold together, some 50 bytes each,
	// default 1,000,000. Here, too, the pattern that got none for longest is
	// forgotten first.
	Observations int
	// Lateness is by how much an event may be older than those before it and
	// still complete a pattern, default an hour.
	Lateness time.Duration
	// Now is the time, default time.Now: the clock of events is not believed
	// beyond it.
	Now func() time.Time
}

func (o *Options) fill() {
	defaults := []struct {
		option *int
		value  int
	}{
		{&o.Uncovered, 256}, {&o.Crowd, 4096}, {&o.Programs, 8192},
		{&o.Windows, 8192}, {&o.Observations, 1_000_000}, {&o.Window.Observations, 1024},
	}
	for _, d := range defaults {
		if *d.option <= 0 {
			*d.option = d.value
		}
	}
	o.Window.Observations = min(o.Window.Observations, o.Observations)
	if o.Lateness <= 0 {
		o.Lateness = time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

// Set holds patterns. Its methods may be called from many goroutines.
type Set struct {
	options Options
	seed    uint64 // keeps those who choose patterns from choosing what collides

	write    sync.Mutex
	exact    *index // values, numbers, prefixes
	grams    *index
	ids      *index // numbers by the hash of the id
	paths    *names[pathInfo]
	present  *names[presence]
	known    map[string]*pathInfo // the writer's own: paths by their steps
	pathKey  []byte               // the writer's own: room for such a key
	records  *records
	programs *programs
	windows  *windows
	sweeper  sweeper         // the writer's own
	standing map[uint32]open // the writer's own: patterns that no term covers

	scratch  sync.Pool
	watched  atomic.Int64 // patterns that no term covers
	counters counters
}

// New is an empty set.
func New(options Options) *Set {
	options.fill()
	seed := rand.Uint64()
	s := &Set{
		options: options, seed: seed,
		exact: newIndex(), grams: newIndex(), ids: newIndex(),
		paths: newNames[pathInfo](seed), present: newNames[presence](seed),
		records:  newRecords(),
		programs: newPrograms(options.Programs),
		windows:  newWindows(options),
		known:    map[string]*pathInfo{},
		standing: map[uint32]open{},
	}
	s.scratch.New = func() any { return newScratch(s) }
	return s
}

// Len is the number of patterns.
func (s *Set) Len() int { return int(s.counters.patterns.Load()) }
