package feed

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Effective is what is in force at now, and the only way to a Set. Protections
// come in the order of their decisions.
//
//   - The latest decision about a value replaces the earlier ones, except that
//     only a later must-resolve decision ends a must-resolve.
//   - In force is what is Active and not past Expires; a zero Expires never passes.
//   - A must-resolve outranks every block: the block of the name itself, of a
//     URL on it, and of an address or prefix that holds its answer are left
//     out. The block of a name above it stays, and the must-resolve names are
//     excepted from it (Set.Except).
//   - A value that is not what its type says is left out: a list has no types,
//     so that an address that came as a domain would block that address.
func Effective(ps []protect.Protection, now time.Time) Set {
	var s Set
	latest := make(decisions, len(ps))
	musts := make(decisions)
	for i := range ps {
		v, reason := normal(&ps[i])
		if reason != "" {
			if inForce(&ps[i], now) {
				s.left = append(s.left, Left{ps[i].Value, ps[i].Polarity, reason})
			}
			continue
		}
		latest.keepLater(ps, v, i)
		if ps[i].Polarity == protect.MustResolve {
			musts.keepLater(ps, v, i)
		}
	}
	maps.DeleteFunc(musts, func(_ observable.Value, i int) bool { return !inForce(&ps[i], now) })
	s.musts = musts.arranged(ps)
	var g guard
	for i := range s.musts {
		s.musts[i].Answer = s.answer(s.musts[i])
		g.hold(s.musts[i])
	}
	s.beneath = ancestors(g.names)
	blocks, observed := make(decisions), make(decisions)
	for v, i := range latest {
		p := &ps[i]
		if p.Polarity == protect.MustResolve || !inForce(p, now) {
			continue
		}
		reason := ""
		if _, must := musts[v]; must {
			reason = v.Text + " must resolve"
		} else if p.Polarity == protect.Block {
			reason = g.refuses(v)
		}
		switch {
		case reason != "":
			s.left = append(s.left, Left{v, p.Polarity, reason})
		case p.Polarity == protect.Observe:
			observed[v] = i
		default:
			blocks[v] = i
		}
	}
	s.blocks, s.observed = blocks.arranged(ps), observed.arranged(ps)
	slices.SortFunc(s.left, func(a, b Left) int {
		return cmp.Or(compareValues(a.Value, b.Value), strings.Compare(a.Reason, b.Reason))
	})
	return s
}

// decisions maps a value, in canonical form, to the place of the protection
// that decides on it: a protection is large, and there may be a million.
type decisions map[observable.Value]int

func (d decisions) keepLater(ps []protect.Protection, v observable.Value, i int) {
	if known, ok := d[v]; !ok || !ps[i].Decided.Before(ps[known].Decided) {
		d[v] = i
	}
}

// arranged gives the protections in the order of every outlet: engines with a
// limit keep a list's beginning, so the latest decisions come first.
func (d decisions) arranged(ps []protect.Protection) []protect.Protection {
	type entry struct {
		value observable.Value
		p     *protect.Protection
	}
	entries := make([]entry, 0, len(d))
	for v, i := range d {
		entries = append(entries, entry{v, &ps[i]})
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if c := b.p.Decided.Compare(a.p.Decided); c != 0 {
			return c
		}
		return compareValues(a.value, b.value)
	})
	list := make([]protect.Protection, len(entries))
	for i, e := range entries {
		list[i] = *e.p
		list[i].Value = e.value
	}
	return list
}

func compareValues(a, b observable.Value) int {
	return cmp.Or(strings.Compare(string(a.Type), string(b.Type)), strings.Compare(a.Text, b.Text))
}

func inForce(p *protect.Protection, now time.Time) bool {
	return p.Status == protect.Active && (p.Expires.IsZero() || now.Before(p.Expires))
}

// normal gives the protection's value as observable.New writes it, or the
// reason why it cannot be used.
func normal(p *protect.Protection) (v observable.Value, reason string) {
	v, err := observable.New(p.Type, p.Text)
	if err != nil {
		return v, err.Error()
	}
	switch p.Polarity {
	case protect.Block, protect.Observe, protect.MustResolve:
	default:
		return v, "unknown polarity " + string(p.Polarity)
	}
	if v.Type == observable.Domain {
		if _, err := netip.ParseAddr(v.Text); err == nil {
			return v, "an address given as a domain"
		}
	}
	return v, ""
}

// answer is the canonical form of a must-resolve's answer. One that is no
// address is reported; the name still must resolve, as it does by itself.
func (s *Set) answer(p protect.Protection) string {
	if p.Answer == "" {
		return ""
	}
	a, err := netip.ParseAddr(p.Answer)
	if err != nil || a.Zone() != "" {
		s.left = append(s.left, Left{p.Value, p.Polarity, "its answer " + p.Answer + " is no address: the name is left to resolve by itself"})
		return ""
	}
	return a.Unmap().String()
}

// ancestors maps every name above one of names to those of them beneath it.
func ancestors(names map[string]bool) map[string][]string {
	above := make(map[string][]string)
	for name := range names {
		for up, ok := parent(name); ok; up, ok = parent(up) {
			above[up] = append(above[up], name)
		}
	}
	for _, below := range above {
		slices.Sort(below)
	}
	return above
}

func parent(name string) (string, bool) {
	_, up, ok := strings.Cut(name, ".")
	return up, ok
}
