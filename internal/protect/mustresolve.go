package protect

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// mustResolve is the guard of the names that have to answer, and of the
// addresses that they are answered with. Unlike the other guards it follows
// the ledger.
type mustResolve struct {
	// swallows maps each must-resolve name and every name above it to the
	// must-resolve names that a block of it would take down.
	swallows  map[string][]string
	names     map[string]struct{}
	sinkholes map[netip.Addr]int // how many answer with it; the configured one always does
}

func newMustResolve(sinkhole netip.Addr) mustResolve {
	m := mustResolve{swallows: map[string][]string{}, names: map[string]struct{}{}, sinkholes: map[netip.Addr]int{}}
	if sinkhole.IsValid() {
		m.sinkholes[sinkhole.Unmap()] = 1
	}
	return m
}

// Name is "must-resolve".
func (mustResolve) Name() string { return "must-resolve" }

// Check implements Guard for what is asked anew.
func (m mustResolve) Check(v observable.Value) (string, bool) {
	if reason, bad := m.outranks(v); bad {
		return reason, true
	}
	if t := targetOf(v); t.whole && len(m.swallows[t.name]) > 0 {
		// Which, is not said: not everybody who is refused may see it.
		return fmt.Sprintf("blocking %s would take down a name below it that must resolve", t.name), true
	}
	return "", false
}

// outranks is the part of Check that also ends what is in force: a block of
// the name itself, of a URL on it, of the address that answers for it.
func (m mustResolve) outranks(v observable.Value) (string, bool) {
	t := targetOf(v)
	if _, exact := m.names[t.name]; exact {
		return fmt.Sprintf("%s must resolve: it is a kill switch, and where it does not answer the attack runs on", t.name), true
	}
	if t.prefix.IsValid() {
		for a := range m.sinkholes {
			if t.prefix.Contains(a) {
				return fmt.Sprintf("%s is the sinkhole that answers for must-resolve names", a), true
			}
		}
	}
	return "", false
}

func (m mustResolve) add(s *slot) {
	m.names[s.Text] = struct{}{}
	for above := range ancestors(s.Text) {
		m.swallows[above] = append(m.swallows[above], s.Text)
	}
	if a, err := netip.ParseAddr(s.Answer); err == nil {
		m.sinkholes[a.Unmap()]++
	}
}

// remove takes back what add did for the slot, and nothing if it did nothing.
func (m mustResolve) remove(s *slot) {
	if _, held := m.names[s.Text]; !held {
		return
	}
	delete(m.names, s.Text)
	for above := range ancestors(s.Text) {
		m.swallows[above] = slices.DeleteFunc(m.swallows[above], func(name string) bool { return name == s.Text })
		if len(m.swallows[above]) == 0 {
			delete(m.swallows, above)
		}
	}
	if a, err := netip.ParseAddr(s.Answer); err == nil {
		if m.sinkholes[a.Unmap()]--; m.sinkholes[a.Unmap()] <= 0 {
			delete(m.sinkholes, a.Unmap())
		}
	}
}
