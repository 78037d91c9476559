package catalog

import (
	"errors"
	"maps"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
	"github.com/tocsin-project/tocsin/stix"
)

// granular knows of each version with granular markings of the Traffic Light
// Protocol who may see the parts marked TLP:RED. The audience of the other
// parts is its community, at their own level.
type granular struct {
	mu sync.RWMutex
	of map[shelf.Number]uint32 // numbers of audiences
	// decided is whether those who see some levels see anything of a version:
	// to redact it tells that, and takes thousands of times as long. The bits of
	// a set of levels s are 2s, it is decided, and 2s+1, it is withheld.
	decided map[shelf.Number]uint64
}

// partLevels are the levels of a part; the nth is bit n of a set of levels.
var partLevels = [5]access.TLP{access.Clear, access.Green, access.Amber, access.AmberStrict, access.Red}

func newGranular() granular {
	return granular{of: map[shelf.Number]uint32{}, decided: map[shelf.Number]uint64{}}
}

func (g *granular) load(conn *sqlite.Conn) error {
	return each(conn, "SELECT number, audience FROM granular", nothing, func(s *sqlite.Stmt) (bool, error) {
		g.of[shelf.Number(s.ColumnInt64(0))] = uint32(s.ColumnInt64(1))
		return true, nil
	})
}

func (g *granular) add(more map[shelf.Number]uint32) {
	if len(more) == 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	maps.Copy(g.of, more)
}

func (g *granular) redOf(n shelf.Number) uint32 {
	red, _ := g.known(n)
	return red
}

func (g *granular) known(n shelf.Number) (red uint32, decided uint64) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.of[n], g.decided[n]
}

// decide keeps whether a version is withheld from those who see some levels.
func (g *granular) decide(n shelf.Number, levels uint8, withheld bool) {
	bits := uint64(1)
	if withheld {
		bits = 3
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.decided[n] |= bits << (2 * levels)
}

// markedParts says whether an object has parts with a TLP marking of their own.
func markedParts(h stix.Header) bool {
	for _, ref := range h.GranularMarkingRefs {
		if _, ok := stix.TLPOf(ref); ok {
			return true
		}
	}
	return false
}

// unmarked is the object without any part that has a TLP marking of its own,
// nil if nothing can be shown without them.
func unmarked(raw jsontext.Value) jsontext.Value {
	out, _, err := stix.Redact(raw, func(ref string) bool {
		_, ok := stix.TLPOf(ref)
		return ok
	})
	if err != nil {
		return nil
	}
	return out
}

// forReader is a version's bytes as the principal may see them; withheld says
// that it may see none of them.
func (r *released) forReader(red *known, raw jsontext.Value) (out jsontext.Value, withheld bool, err error) {
	out, _, err = stix.Redact(raw, func(ref string) bool {
		level, ok := stix.TLPOf(ref)
		if !ok {
			return false
		}
		return !r.seesPart(red, access.TLP(level))
	})
	if errors.Is(err, stix.ErrWithheld) {
		return nil, true, nil
	}
	return out, false, err
}

// seesPart says whether the principal may see a part of a level.
func (r *released) seesPart(red *known, level access.TLP) bool {
	part := red.parsed
	if part.TLP = level; level != access.Red {
		part.Recipients = nil
	}
	return r.who.MaySee(red.owner, part)
}

// partsSeen is the set of levels of which the principal may see the parts,
// given the number of the audience of those marked TLP:RED.
func (r *released) partsSeen(red uint32) (levels uint8) {
	if levels, ok := r.levels[red]; ok {
		return levels
	}
	for i, level := range partLevels {
		if r.seesPart(r.known(red), level) {
			levels |= 1 << i
		}
	}
	if r.levels == nil {
		r.levels = map[uint32]uint8{}
	}
	r.levels[red] = levels
	return levels
}
