package rpz

import (
	"fmt"
	"net/netip"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// source turns protections into facts, and remembers of them what the facts do
// not hold. A block takes no room here.
type source struct {
	room    int             // the most octets of a name, so that it fits into every zone
	named   map[name]answer // must-resolve names
	hosts   map[name]int    // how many must-resolve URLs are on a host
	urls    map[string]name // the host of each of these
	unsaid  map[name]int    // how many must-resolve names beneath it are too long to be said
	held    map[name]kind   // blocks of such names, which would block those
	left    map[observable.Value]feed.Left
	answers []netip.Addr          // by a fact's answer, from 1; only ever longer
	places  map[netip.Addr]uint32 // of the answers
}

// answer is with what a must-resolve name is answered, and whether to anyone.
type answer struct {
	addr netip.Addr
	open bool
}

func newSource(room int) *source {
	return &source{
		room: room, named: make(map[name]answer), hosts: make(map[name]int), urls: make(map[string]name),
		unsaid: make(map[name]int), held: make(map[name]kind), left: make(map[observable.Value]feed.Left),
		places: make(map[netip.Addr]uint32),
	}
}

// remember has the answers in the places that a kept zone says.
func (s *source) remember(answers []netip.Addr) {
	for _, a := range answers {
		s.place(a)
	}
}

// changes is what is to be put in force.
type changes struct {
	names map[name]fact[name]
	nets  map[block]fact[block]
}

func newChanges() changes {
	return changes{make(map[name]fact[name]), make(map[block]fact[block])}
}

// gone takes a protection out of force. at is what is in force now.
func (s *source) gone(p *protect.Protection, c changes, at func(name) kind) {
	delete(s.left, p.Value)
	s.unblock(p, c, at)
	s.release(p, c, at)
}

// release takes out of force that something must resolve.
func (s *source) release(p *protect.Protection, c changes, at func(name) kind) {
	switch p.Type {
	case observable.Domain:
		n := name(p.Text)
		if _, known := s.named[n]; known {
			delete(s.named, n)
			s.resolve(n, c, at, -1)
		}
	case observable.URL:
		if n, known := s.urls[p.Text]; known {
			delete(s.urls, p.Text)
			if s.hosts[n]--; s.hosts[n] == 0 {
				delete(s.hosts, n)
			}
			s.resolve(n, c, at, -1)
		}
	}
}

// unblock takes a block out of force.
func (s *source) unblock(p *protect.Protection, c changes, at func(name) kind) {
	if p.Type == observable.Domain {
		n := name(p.Text)
		delete(s.held, n)
		if k := c.kind(n, at); k == wide || k == exact {
			c.names[n] = fact[name]{key: n}
		}
	} else if b, ok := blockOf(p.Value); ok {
		c.nets[b] = fact[block]{key: b}
	}
}

// come puts a protection in force, also one that is and of which something changed.
func (s *source) come(p *protect.Protection, c changes, at func(name) kind) {
	if p.Polarity != protect.MustResolve {
		s.release(p, c, at)
	}
	if p.Polarity != protect.Block {
		s.unblock(p, c, at)
	}
	switch {
	case p.Polarity == protect.MustResolve && p.Type == observable.Domain:
		n := name(p.Text)
		_, known := s.named[n]
		addr, _ := netip.ParseAddr(p.Answer) // a Set's answer is an address or empty
		s.named[n] = answer{addr, p.TLP == "" || p.TLP == access.Clear || p.TLP == access.Green}
		s.resolve(n, c, at, count(!known))
	case p.Polarity == protect.MustResolve && p.Type == observable.URL:
		n, ok := hostOf(p.Text)
		if _, known := s.urls[p.Text]; !ok || known {
			return
		}
		s.urls[p.Text] = n
		s.hosts[n]++
		s.resolve(n, c, at, 1)
	case p.Polarity != protect.Block:
	case p.Type == observable.Domain:
		s.block(p, c)
	default:
		s.blockAddress(p, c)
	}
}

func count(one bool) int {
	if one {
		return 1
	}
	return 0
}

func (s *source) block(p *protect.Protection, c changes) {
	n, k := name(p.Text), wide
	if p.Exact {
		k = exact
	}
	if reason := s.unfit(n); reason != "" {
		s.leave(p.Value, p.Polarity, reason)
		return
	}
	delete(s.left, p.Value)
	if s.unsaid[n] > 0 && k == wide {
		s.hold(n, k)
		return
	}
	delete(s.held, n)
	c.names[n] = fact[name]{key: n, kind: k}
}

func (s *source) blockAddress(p *protect.Protection, c changes) {
	b, ok := blockOf(p.Value)
	switch {
	case !ok: // a URL or a hash, which are not for DNS
	case b.Bits() == 0:
		s.leave(p.Value, p.Polarity, fmt.Sprintf("prefix %q: RPZ has no prefix of length 0", p.Text))
	default:
		c.nets[b] = fact[block]{key: b, kind: wide}
	}
}

func (c changes) kind(n name, at func(name) kind) kind {
	if f, ok := c.names[n]; ok {
		return f.kind
	}
	return at(n)
}

func blockOf(v observable.Value) (block, bool) {
	p, ok := v.Prefix()
	return block{p}, ok
}
