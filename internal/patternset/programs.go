package patternset

import (
	"math/bits"
	"sync/atomic"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// compiled is a pattern ready to be asked.
type compiled struct {
	number   uint32
	place    uint64 // of the record it was made from
	id, text string
	program  *pattern.Program
	alone    bool // each atom is all that the pattern asks for

	// Of a pattern that no term covers:
	asked atomic.Uint64 // evaluations that were timed
	spent atomic.Int64  // nanoseconds in these
}

// programs keeps compiled patterns, one for each low end of a number.
type programs struct {
	kept []atomic.Pointer[compiled]
	made atomic.Uint64
}

func newPrograms(n int) *programs {
	return &programs{kept: make([]atomic.Pointer[compiled], 1<<bits.Len(uint(n-1)))}
}

// program is the pattern of a number, nil if there is none.
func (s *Set) program(number uint32) *compiled {
	id, text, place, ok := s.records.at(number)
	if !ok {
		return nil
	}
	at := &s.programs.kept[number&uint32(len(s.programs.kept)-1)]
	if c := at.Load(); c != nil && c.number == number && c.place == place {
		return c
	}
	p, err := pattern.Parse(string(text))
	if err != nil {
		s.counters.broken.Add(1)
		return nil
	}
	program, err := pattern.Compile(p)
	if err != nil {
		s.counters.broken.Add(1)
		return nil
	}
	c := newCompiled(number, string(id), string(text), program)
	c.place = place
	at.Store(c)
	s.programs.made.Add(1)
	return c
}

func newCompiled(number uint32, id, text string, program *pattern.Program) *compiled {
	c := &compiled{number: number, id: id, text: text, program: program, alone: true}
	for atom := range program.Atoms() {
		c.alone = c.alone && program.Alone(atom)
	}
	return c
}
