package ratelimit

import (
	"container/list"
	"crypto/sha256"
	"sync"
)

// longest is the longest key that is kept as it is; a longer one is kept as
// its hash, so that a caller cannot choose how much memory it takes.
const longest = 64

// recent remembers a value for each of the keys that were used most recently.
type recent[V any] struct {
	most  int
	fresh func() V

	mu    sync.Mutex
	byKey map[string]*list.Element // of pair[V]
	order *list.List               // the most recently used first
}

type pair[V any] struct {
	key   string
	value V
}

func newRecent[V any](most int, fresh func() V) *recent[V] {
	return &recent[V]{most: most, fresh: fresh, byKey: map[string]*list.Element{}, order: list.New()}
}

// find gives the value of a key, if it is remembered.
func (r *recent[V]) find(key string) (value V, ok bool) {
	key = short(key)
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.use(key)
}

// get gives the value of a key: a fresh one if it is not remembered.
func (r *recent[V]) get(key string) V {
	key = short(key)
	r.mu.Lock()
	defer r.mu.Unlock()
	if value, ok := r.use(key); ok {
		return value
	}
	if len(r.byKey) >= r.most {
		last := r.order.Back()
		r.order.Remove(last)
		delete(r.byKey, last.Value.(pair[V]).key)
	}
	value := r.fresh()
	r.byKey[key] = r.order.PushFront(pair[V]{key, value})
	return value
}

func (r *recent[V]) use(key string) (value V, ok bool) {
	element, ok := r.byKey[key]
	if !ok {
		return value, false
	}
	r.order.MoveToFront(element)
	return element.Value.(pair[V]).value, true
}

func short(key string) string {
	if len(key) <= longest {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return string(sum[:])
}
