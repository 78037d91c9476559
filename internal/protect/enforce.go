package protect

import (
	"net/netip"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// enforce brings a new decision and the guards together.
func (s *State) enforce(next *slot) {
	switch next.Polarity {
	case Block:
		next.barred, next.why = s.firm.Verdict(next.Value)
		s.alias(next)
		s.wonder(next)
	case MustResolve:
		s.kill.add(next)
		s.eachHit(next, s.wonder)
	}
}

// refuses asks whether a guard speaks against a block that holds. A
// must-resolve passed the guards when a coordinator asked for it; after that
// only a coordinator takes it away.
func (s *State) refuses(held *slot) (guard, reason string, bad bool) {
	if !held.holds() || held.Polarity != Block {
		return "", "", false
	}
	if reason, bad := s.kill.outranks(held.Value); bad {
		return s.kill.Name(), reason, true
	}
	return held.barred, held.why, held.barred != ""
}

// hasty says that the rule blocked a name while a report that it does not
// resolve was on its way to the ledger.
func (s *State) hasty(held *slot) bool {
	return held.holds() && held.Polarity == Block && held.automatic() && held.Type == observable.Domain && held.rec.unresolved != 0
}

// wonder notes that a block may have to go.
func (s *State) wonder(held *slot) {
	if _, _, bad := s.refuses(held); bad || s.hasty(held) {
		s.doubtful.add(held, time.Time{})
	}
}

// hits is what a block hits, as the text of a name, an address or a prefix.
func hits(v observable.Value) string {
	t := targetOf(v)
	if t.prefix.IsValid() && t.prefix.IsSingleIP() {
		return t.prefix.Addr().String()
	} else if t.prefix.IsValid() {
		return t.prefix.String()
	}
	return t.name
}

// alias notes a block whose value is written otherwise than what it hits: a URL.
func (s *State) alias(held *slot) {
	if hit := hits(held.Value); hit != "" && hit != held.Text {
		if s.aliases[hit] == nil {
			s.aliases[hit] = map[*slot]struct{}{}
		}
		s.aliases[hit][held] = struct{}{}
	}
}

func (s *State) unalias(held *slot) {
	if held.Polarity != Block || len(s.aliases) == 0 {
		return
	}
	hit := hits(held.Value)
	if delete(s.aliases[hit], held); len(s.aliases[hit]) == 0 {
		delete(s.aliases, hit)
	}
}

// eachHit gives the blocks that hit a must-resolve name or the address that it is
// answered with. It looks them up: a million others do not matter.
func (s *State) eachHit(must *slot, do func(*slot)) {
	texts := []string{must.Text}
	if a, err := netip.ParseAddr(must.Answer); err == nil {
		a = a.Unmap()
		texts = append(texts, a.String())
		for bits := range a.BitLen() {
			texts = append(texts, netip.PrefixFrom(a, bits).Masked().String())
		}
	}
	for _, text := range texts {
		for _, t := range [...]observable.Type{observable.Domain, observable.IPv4, observable.IPv6} {
			if r := s.values[observable.Value{Type: t, Text: text}]; r != nil && r.current.holds() {
				do(r.current)
			}
		}
		for held := range s.aliases[text] {
			do(held)
		}
	}
}
