// Package exposure keeps who is patched, exposed, unsupported or unknown, vulnerability by
// vulnerability: counts that partners report of themselves, never a host. What scanners
// export host by host is reduced to counts before anything is kept (see ReadNessus,
// ReadGreenboneCSV, ReadGreenboneXML).
//
// A partner sees its own rows, and those of partners that chose to show them to it;
// everybody else sees sums over enough organisations (package disclosure).
package exposure

import (
	"cmp"
	"sync"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/disclosure"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Entries of the ledger that this package folds, each with the type of its body.
const (
	KindReported ledger.Kind = "exposure.reported" // Report
	KindShared   ledger.Kind = "exposure.shared"   // Sharing
	KindKnown    ledger.Kind = "exposure.known"    // Catalog
)

// Config is how the room works. Zero values take the defaults.
type Config struct {
	SmallestGroup int // of organisations in an aggregate; disclosure.DefaultLeast
	// Settling has Settled answered; it takes memory for what is not settled yet.
	Settling bool
}

// State is the view of what the ledger says of it. Its methods may be called from
// many goroutines at once.
//
// A row is kept with its partner, 48 bytes and a place in an index of integers; a
// vulnerability knows its partners and the sum over all of them. Sums by sector and
// country are made when they are asked for, of at most as many partners as there are.
type State struct {
	least    int
	settling bool

	mu      sync.RWMutex
	holders map[access.PartnerID]*holder
	of      map[string][]*holder // by organisation, where one is named
	numbers map[string]uint32    // of the vulnerabilities, by name
	vulns   []vulnerability      // by number
	ranks   []rank               // by number
	free    []uint32             // numbers that are not used
	rows    int
	known   map[string]Known
}

// NewState makes a state that knows nothing yet.
func NewState(cfg Config) *State {
	return &State{
		least: cmp.Or(max(cfg.SmallestGroup, 0), disclosure.DefaultLeast), settling: cfg.Settling,
		holders: map[access.PartnerID]*holder{}, of: map[string][]*holder{},
		numbers: map[string]uint32{}, known: map[string]Known{},
	}
}

// folds say what each kind of entry changes.
var folds = map[ledger.Kind]func(*State, ledger.Entry) error{
	access.KindPartnerJoined:  folding((*State).joined),
	access.KindPartnerChanged: folding((*State).changed),
	access.KindPartnerLeft:    folding((*State).left),
	KindReported:              folding((*State).reported),
	KindShared:                folding((*State).shared),
	KindKnown:                 folding((*State).listed),
}

func folding[T any](apply func(*State, ledger.Entry, T)) func(*State, ledger.Entry) error {
	return func(s *State, e ledger.Entry) error {
		return ledger.Fold(e, func(e ledger.Entry, body T) {
			s.mu.Lock()
			defer s.mu.Unlock()
			apply(s, e, body)
		})
	}
}

// Apply folds one entry; kinds of other packages are ignored. What an entry says
// that could not be (of a partner that is not there, counts that do not add up) is
// ignored as well.
func (s *State) Apply(e ledger.Entry) error {
	if fold, ok := folds[e.Kind]; ok {
		return fold(s, e)
	}
	return nil
}
