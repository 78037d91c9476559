// Package headroom keeps some of a disk free. A hub whose disk runs full does not
// only refuse what comes in: it can no longer take a protection back, tell anybody of
// it, or keep what its outlets need. So it stops taking in while there is room for that:
//
//   - with less than the reserve free, knowledge is refused, which comes again later;
//   - with less than a quarter of it, whatever is not urgent;
//   - what is urgent (a recall, a stop, the hub's own decisions) is never refused here.
package headroom

import (
	"log/slog"
	"sync"
	"syscall"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Space is what a file system has, in bytes.
type Space struct {
	Free  uint64 // for an ordinary user
	Total uint64
}

// Measure is the space of the file system that a path is on.
func Measure(path string) (Space, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return Space{}, err
	}
	return Space{Free: uint64(s.Bavail) * uint64(s.Bsize), Total: uint64(s.Blocks) * uint64(s.Bsize)}, nil //nolint:unconvert // their types differ by system, and none is below zero
}

// Urgency is how long something goes on being taken while the disk fills.
type Urgency int

// The urgencies, in rising order.
const (
	Deferrable Urgency = iota // with the reserve free
	Usual                     // with a quarter of it
	Urgent                    // always
)

// Low says that there is too little room for something. It is ledger.ErrUnavailable.
type Low struct{ RetryAfter time.Duration }

func (l *Low) Error() string {
	return "the hub's disk is nearly full, and what is free is kept for recalls and alarms: nothing is lost that was acknowledged, send this again in " + l.RetryAfter.String()
}

// Unwrap is the kind of failure that it is.
func (l *Low) Unwrap() error { return ledger.ErrUnavailable }

const (
	mostReserve = 512 << 20 // bytes, where nothing is configured
	shareOfDisk = 20        // that the reserve is at most the 20th part of, where nothing is configured
	recovered   = 8         // an eighth more than the reserve has to be free until all is taken again
	fresh       = 250 * time.Millisecond
	comeAgain   = time.Minute
)

// DefaultReserve is what is kept free of a disk of that size, in bytes: 512 MiB, or a
// twentieth of a smaller disk than 10 GiB.
func DefaultReserve(total uint64) uint64 { return min(mostReserve, total/shareOfDisk) }

// Config is what a Guard watches.
type Config struct {
	Path    string                      // on the disk
	Reserve uint64                      // bytes; 0: DefaultReserve
	Measure func(string) (Space, error) // nil: Measure
	Logger  *slog.Logger
}

// Guard knows how much is free. Its methods may be called from many goroutines at once.
type Guard struct {
	cfg Config

	mu    sync.Mutex
	at    time.Time // of the last measurement
	state State
}

// State is how a disk stands.
type State struct {
	Free    uint64 // bytes
	Reserve uint64 // bytes
	Low     bool   // what can be deferred is refused
	Scarce  bool   // only what is urgent is taken
}

// New makes a guard. The first question measures.
func New(cfg Config) *Guard {
	if cfg.Measure == nil {
		cfg.Measure = Measure
	}
	return &Guard{cfg: cfg}
}

// Admit fails with *Low if there is no room for something of that urgency.
func (g *Guard) Admit(u Urgency) error {
	if u >= Urgent {
		return nil
	}
	if s := g.State(); s.Scarce || s.Low && u == Deferrable {
		return &Low{RetryAfter: comeAgain}
	}
	return nil
}

// State is how the disk stands, as of a quarter of a second ago at most. A disk that
// cannot be measured stands as it last did: that it fails the ledger says itself.
func (g *Guard) State() State {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.at.IsZero() && time.Since(g.at) < fresh {
		return g.state
	}
	g.at = time.Now()
	space, err := g.cfg.Measure(g.cfg.Path)
	if err != nil {
		g.cfg.Logger.Warn("the free space of the disk cannot be measured", "path", g.cfg.Path, "error", err)
		return g.state
	}
	before := g.state
	g.state = g.judge(space, before)
	switch {
	case g.state.Low && !before.Low, g.state.Scarce && !before.Scarce:
		g.cfg.Logger.Error("the disk is nearly full: make room, or move the data directory; contributions are refused until there is",
			"path", g.cfg.Path, "free", g.state.Free, "reserve", g.state.Reserve, "only_urgent", g.state.Scarce)
	case before.Low && !g.state.Low:
		g.cfg.Logger.Info("the disk has room again: contributions are taken", "path", g.cfg.Path, "free", g.state.Free)
	}
	return g.state
}

func (g *Guard) judge(s Space, before State) State {
	reserve := g.cfg.Reserve
	if reserve == 0 {
		reserve = DefaultReserve(s.Total)
	}
	// A disk at the edge must not change its mind with every entry.
	needed := func(floor uint64, refusing bool) uint64 {
		if refusing {
			return floor + floor/recovered
		}
		return floor
	}
	return State{
		Free: s.Free, Reserve: reserve,
		Low: s.Free < needed(reserve, before.Low), Scarce: s.Free < needed(reserve/4, before.Scarce),
	}
}
