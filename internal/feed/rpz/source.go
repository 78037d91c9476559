package rpz

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

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

// maxLeft is how many protections that a zone leaves out are remembered, for
// people to read of; more are left out without being named.
const maxLeft = 1000

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

// resolve puts in force what is to be said of a name that must resolve, or no
// longer. Of one that is too long nothing can be said: so names above it are not
// blocked. more is by how much reasons to resolve it have grown.
func (s *source) resolve(n name, c changes, at func(name) kind, more int) {
	a, named := s.named[n]
	musts := named || s.hosts[n] > 0
	if reason := s.unfit(n); reason != "" {
		v := observable.Value{Type: observable.Domain, Text: string(n)}
		if musts {
			s.leave(v, protect.MustResolve, reason)
		} else {
			delete(s.left, v)
		}
		for up, ok := n.above(); ok && more != 0; up, ok = up.above() {
			s.withhold(up, more, c, at)
		}
		return
	}
	switch {
	case musts:
		c.names[n] = fact[name]{key: n, kind: must, answer: s.place(a.addr)}
	case c.kind(n, at) == must:
		c.names[n] = fact[name]{key: n}
	}
}

// withhold keeps a name from being blocked, or lets it be again.
func (s *source) withhold(n name, more int, c changes, at func(name) kind) {
	if s.unsaid[n] += more; s.unsaid[n] <= 0 {
		delete(s.unsaid, n)
		if k, held := s.held[n]; held {
			delete(s.held, n)
			delete(s.left, observable.Value{Type: observable.Domain, Text: string(n)})
			c.names[n] = fact[name]{key: n, kind: k}
		}
		return
	}
	if k := c.kind(n, at); k == wide {
		s.hold(n, k)
		c.names[n] = fact[name]{key: n}
	}
}

func (s *source) hold(n name, k kind) {
	s.held[n] = k
	s.leave(observable.Value{Type: observable.Domain, Text: string(n)}, protect.Block, "a name beneath it must resolve and is too long for the zone")
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

// place is that of an address among the answers, 0 for none.
func (s *source) place(a netip.Addr) uint32 {
	if !a.IsValid() {
		return 0
	}
	if _, known := s.places[a]; !known {
		s.answers = append(s.answers, a)
		s.places[a] = uint32(len(s.answers))
	}
	return s.places[a]
}

func (s *source) leave(v observable.Value, p protect.Polarity, reason string) {
	if len(s.left) < maxLeft {
		s.left[v] = feed.Left{Value: v, Polarity: p, Reason: reason}
	}
}

// leaves lists what is left out, by value.
func (s *source) leaves() []feed.Left {
	list := make([]feed.Left, 0, len(s.left))
	for _, l := range s.left {
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b feed.Left) int {
		return cmp.Or(strings.Compare(string(a.Type), string(b.Type)), strings.Compare(a.Text, b.Text))
	})
	return list
}

// unfit says why a domain cannot be an owner in a zone, or "".
func (s *source) unfit(n name) string {
	if len(n)+1 > s.room {
		return fmt.Sprintf("it has %d octets, and beside a zone's name there is room for %d", len(n)+1, s.room)
	}
	// "24.0.0.0.10.rpz-client-ip" as a domain would be a policy on clients.
	if strings.HasPrefix(string(n[strings.LastIndexByte(string(n), '.')+1:]), "rpz-") {
		return "it ends in a label that RPZ keeps for itself"
	}
	return ""
}

func blockOf(v observable.Value) (block, bool) {
	p, ok := v.Prefix()
	return block{p}, ok
}

// hostOf is a URL's host, if that is a name.
func hostOf(link string) (name, bool) {
	u, err := url.Parse(link)
	if err != nil {
		return "", false
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return "", false
	}
	v, err := observable.New(observable.Domain, u.Hostname())
	return name(v.Text), err == nil
}
