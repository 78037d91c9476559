// Package feed turns protections into what engines read: lists, a hosts file,
// JSON, and the configuration that connects an engine. A compiler is a small
// pure function, a Set in and bytes out, the same bytes for the same Set. The
// DNS primary is the package rpz below this one.
//
// No compiler can be handed protections directly: it takes a Set, and only a
// Live makes one. There, in one place, it is held that a must-resolve name is
// never blocked.
package feed

import (
	"io"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Set is what is in force at one moment, without contradiction: no block in
// it names a must-resolve name, a URL on one, or an address with which one is
// answered. The zero Set is empty. Neither its slices nor what they point to may
// be changed: other Sets share them.
type Set struct {
	blocks, observed, musts []*protect.Protection
	left                    []Left
	beneath                 map[string][]string // a name -> the must-resolve names below it, sorted
	until                   time.Time
}

// Compiler writes a Set as an engine reads it: the same bytes for the same Set,
// and what the engine's format cannot say, with reasons.
type Compiler func(io.Writer, Set) ([]Left, error)

// Left is a protection in force that an outlet does not carry.
type Left struct {
	observable.Value
	Polarity protect.Polarity `json:"polarity"`
	Reason   string           `json:"reason"` // for people
}

// Blocks lists what to block, the most confident first, as of the hour, then the
// latest decision, then by value. A domain blocks itself and, unless it is Exact,
// the names beneath it, but not those that Except gives for it.
func (s Set) Blocks() []*protect.Protection { return s.blocks }

// Observed lists what to match and report but not to hinder, in the same order.
func (s Set) Observed() []*protect.Protection { return s.observed }

// MustResolve lists the names that have to answer, in the same order. Answer
// is an address in canonical form, or empty: then the name resolves as it
// does without Tocsin.
func (s Set) MustResolve() []*protect.Protection { return s.musts }

// Left lists what was refused, with reasons, ordered by value.
func (s Set) Left() []Left { return s.left }

// Except gives the must-resolve names beneath a domain.
func (s Set) Except(domain string) []string { return s.beneath[domain] }

// Until is before when none of the set's protections expires, and so the set
// does not either; zero if none ever does. Whoever publishes the set compiles it
// anew then.
func (s Set) Until() time.Time { return s.until }

// Len counts what is in force.
func (s Set) Len() int { return len(s.blocks) + len(s.observed) + len(s.musts) }
