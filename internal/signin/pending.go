package signin

import (
	"crypto/rand"
	"net/netip"
	"sync"
	"time"
)

// pending holds what has been begun and waits to be finished by the browser
// that began it: a challenge to a passkey, a trip to an identity provider.
// Each is taken once. Nobody is signed in yet, so that strangers can begin as
// many as they like: each address has few, and drops its own oldest.
type pending[T any] struct {
	mu   sync.Mutex
	by   map[string]begun[T]
	from map[netip.Prefix][]string // ids, the oldest first
}

type begun[T any] struct {
	value  T
	source netip.Prefix
	ends   time.Time
}

const (
	pendingFor = 10 * time.Minute
	maxPending = 20_000 // in all
	maxBegun   = 32     // of one address; many people may share it
)

func newPending[T any]() *pending[T] {
	return &pending[T]{by: map[string]begun[T]{}, from: map[netip.Prefix][]string{}}
}

// begin keeps a value and gives its id, which nobody can guess.
func (p *pending[T]) begin(value T, source netip.Prefix, now time.Time) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for ids := p.from[source]; len(ids) > 0 && (len(ids) >= maxBegun || p.by[ids[0]].ends.Before(now)); ids = p.from[source] {
		p.drop(ids[0])
	}
	if len(p.by) >= maxPending {
		p.makeRoom(now)
	}
	id := rand.Text()
	p.by[id] = begun[T]{value, source, now.Add(pendingFor)}
	p.from[source] = append(p.from[source], id)
	return id
}

// take gives what begin has kept, the first time it is asked for within
// pendingFor.
func (p *pending[T]) take(id string, now time.Time) (T, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one, known := p.by[id]
	p.drop(id)
	if !known || now.After(one.ends) {
		var none T
		return none, false
	}
	return one.value, true
}

func (p *pending[T]) makeRoom(now time.Time) {
	first := ""
	for id, one := range p.by {
		if one.ends.Before(now) {
			p.drop(id)
		} else if first == "" || one.ends.Before(p.by[first].ends) {
			first = id
		}
	}
	if len(p.by) >= maxPending {
		p.drop(first)
	}
}

func (p *pending[T]) drop(id string) {
	one, known := p.by[id]
	if !known {
		return
	}
	delete(p.by, id)
	ids := p.from[one.source]
	for i, each := range ids {
		if each == id {
			ids = append(ids[:i:i], ids[i+1:]...)
			break
		}
	}
	if p.from[one.source] = ids; len(ids) == 0 {
		delete(p.from, one.source)
	}
}
