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
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.of[n]
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
		part := red.parsed
		if part.TLP = access.TLP(level); part.TLP != access.Red {
			part.Recipients = nil
		}
		return !r.who.MaySee(red.owner, part)
	})
	if errors.Is(err, stix.ErrWithheld) {
		return nil, true, nil
	}
	return out, false, err
}
