package patternset

import (
	"encoding/binary"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/gaissmai/bart"
	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// pathInfo is what the set knows of an object path that patterns name, so that
// an event's terms are looked at only in the ways that can matter.
type pathInfo struct {
	name string // as a pattern has it, every index "[*]"
	salt uint64 // tells the keys of paths apart
	of   *presence
	here *presence

	exact   atomic.Bool   // some pattern waits for a value
	numbers atomic.Bool   // one of these values reads as a number
	grams   atomic.Uint32 // bit n: some pattern waits for n bytes of a text
	inside  atomic.Pointer[bart.Lite]
	around  atomic.Pointer[bart.Lite]
}

// presence is a type of object or a path, and the patterns that are evaluated
// for every event that has it, since no term covers them.
type presence struct {
	name     string
	patterns atomic.Pointer[[]*compiled] // never nil, never changed in place
}

// names finds a value by its name: open addressing behind an atomic pointer,
// one writer, readers never wait.
type names[T any] struct {
	table atomic.Pointer[[]atomic.Pointer[named[T]]]
	seed  uint64
	count int // the writer's own
}

type named[T any] struct {
	hash  uint64
	name  string
	value T
}

func newNames[T any](seed uint64) *names[T] {
	n := &names[T]{seed: seed}
	t := make([]atomic.Pointer[named[T]], 16)
	n.table.Store(&t)
	return n
}

// get is nil for a name that is not there.
func (n *names[T]) get(name string) *T {
	t := *n.table.Load()
	h := xxh3.HashStringSeed(name, n.seed)
	for i := h; ; i++ {
		e := t[i&uint64(len(t)-1)].Load()
		if e == nil {
			return nil
		}
		if e.hash == h && e.name == name {
			return &e.value
		}
	}
}

// put adds a name that is not there.
func (n *names[T]) put(name string, fill func(*T)) *T {
	if old := *n.table.Load(); (n.count+1)*2 > len(old) {
		grown := make([]atomic.Pointer[named[T]], len(old)*2)
		for i := range old {
			if e := old[i].Load(); e != nil {
				place(grown, e)
			}
		}
		n.table.Store(&grown)
	}
	e := &named[T]{hash: xxh3.HashStringSeed(name, n.seed), name: name}
	fill(&e.value)
	place(*n.table.Load(), e)
	n.count++
	return &e.value
}

func place[T any](t []atomic.Pointer[named[T]], e *named[T]) {
	i := e.hash
	for t[i&uint64(len(t)-1)].Load() != nil {
		i++
	}
	t[i&uint64(len(t)-1)].Store(e)
}

// maxPaths limits the object paths that a set knows. What patterns ask of others
// counts as covered by no term.
const maxPaths = 1 << 16

// pathOf is the path's information, made where there is none yet; nil beyond
// maxPaths.
func (s *Set) pathOf(p pattern.Path) *pathInfo {
	// Printing a path takes longer than all the rest of adding a pattern.
	s.pathKey = append(s.pathKey[:0], p.Type...)
	for _, step := range p.Steps {
		s.pathKey = append(s.pathKey, 0, byte(step.Kind))
		s.pathKey = binary.AppendUvarint(s.pathKey, uint64(len(step.Key)))
		s.pathKey = append(s.pathKey, step.Key...)
	}
	if info := s.known[string(s.pathKey)]; info != nil {
		return info
	}
	name := canonical(p)
	info := s.paths.get(name)
	switch {
	case info == nil && s.paths.count >= maxPaths:
		return nil
	case info == nil:
		info = s.paths.put(name, func(info *pathInfo) {
			info.name = name
			info.salt = xxh3.HashStringSeed(name, s.seed)
			info.of = s.presenceOf(p.Type)
			info.here = s.presenceOf(name)
		})
	}
	if len(s.known) < 2*maxPaths {
		s.known[string(s.pathKey)] = info
	}
	return info
}

// presenceOf is that of a type or a path, made where there is none yet.
func (s *Set) presenceOf(name string) *presence {
	if p := s.present.get(name); p != nil {
		return p
	}
	return s.present.put(name, func(p *presence) {
		p.name = name
		p.patterns.Store(&[]*compiled{})
	})
}

// canonical is the path as events write it: which element of a list it is
// makes no difference.
func canonical(p pattern.Path) string {
	for _, step := range p.Steps {
		if step.Kind == pattern.Index {
			steps := append([]pattern.Step(nil), p.Steps...)
			for i := range steps {
				if steps[i].Kind == pattern.Index {
					steps[i] = pattern.Step{Kind: pattern.Any}
				}
			}
			p.Steps = steps
			break
		}
	}
	return p.String()
}

// typeOf is the part of an event's path that names the type.
func typeOf(path string) string {
	if i := strings.IndexByte(path, ':'); i >= 0 {
		return path[:i]
	}
	return path
}

// reported says whether events report, as terms, all values that the path can
// lead to as they are compared (see Event).
func reported(p pattern.Path) bool {
	references, last := 0, ""
	for i, step := range p.Steps {
		if step.Kind != pattern.Key {
			continue
		}
		last = step.Key
		if isReference(last) && slices.ContainsFunc(p.Steps[i+1:], func(s pattern.Step) bool { return s.Kind == pattern.Key }) {
			references++
		}
	}
	switch {
	case references > maxReferences, isReference(last), last == "type", last == "id":
		return false
	}
	// These are compared by the octets that they stand for.
	return !strings.HasSuffix(last, "_bin") && !strings.HasSuffix(last, "_hex")
}

// maxReferences is how many references deep the terms of an event go.
const maxReferences = 1

func isReference(key string) bool {
	return strings.HasSuffix(key, "_ref") || strings.HasSuffix(key, "_refs")
}
