package signin

import (
	"crypto/rand"
	"sync"
	"time"
)

// pending holds what has been begun and waits to be finished by the browser
// that began it: a challenge to a passkey, a trip to an identity provider.
// Each is taken once. Strangers can begin as many as they like: each source has
// few, and drops its own oldest. A source is an address as long as nobody is
// signed in, and then a person.
type pending[S comparable, T any] struct {
	mu   sync.Mutex
	by   map[string]begun[S, T]
	from map[S][]string // ids, the oldest first
}

type begun[S comparable, T any] struct {
	value  T
	source S
	ends   time.Time
}

const (
	pendingFor = 10 * time.Minute
	maxPending = 20_000 // in all
	maxBegun   = 32     // of one source; many people may share an address
)

func newPending[S comparable, T any]() *pending[S, T] {
	return &pending[S, T]{by: map[string]begun[S, T]{}, from: map[S][]string{}}
}

// begin keeps a value and gives its id, which nobody can guess.
func (p *pending[S, T]) begin(value T, source S, now time.Time) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for ids := p.from[source]; len(ids) > 0 && (len(ids) >= maxBegun || p.by[ids[0]].ends.Before(now)); ids = p.from[source] {
		p.drop(ids[0])
	}
	if len(p.by) >= maxPending {
		p.makeRoom(now)
	}
	id := rand.Text()
	p.by[id] = begun[S, T]{value, source, now.Add(pendingFor)}
	p.from[source] = append(p.from[source], id)
	return id
}

// take gives what begin has kept, the first time it is asked for within
// pendingFor.
func (p *pending[S, T]) take(id string, now time.Time) (T, bool) {
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

func (p *pending[S, T]) makeRoom(now time.Time) {
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

func (p *pending[S, T]) drop(id string) {
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
