package feed

import (
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Has gives what is in force about exactly this value. A Set is not made for
// it, nor for the questions below; all are answered as of the last Advance.
func (l *Live) Has(v observable.Value) (*protect.Protection, bool) {
	i, ok := l.slots.find(v)
	if !ok || !l.slots.at[i].shown {
		return nil, false
	}
	s := &l.slots.at[i]
	if s.dirty { // decided anew since
		return l.changes.was[i], true
	}
	return s.p, true
}

// Answer says whether a name has to resolve, by itself or as the host of a URL,
// and with which address, in canonical form; "" means as it does without Tocsin.
func (l *Live) Answer(name string) (address string, must bool) {
	if p, ok := l.Has(observable.Value{Type: observable.Domain, Text: name}); ok && p.Polarity == protect.MustResolve {
		return p.Answer, true
	}
	_, must = l.guard.names[name]
	return "", must
}

// Except gives the names beneath a domain that must resolve, sorted.
func (l *Live) Except(domain string) []string { return l.beneath[domain] }

// Blocker gives the block that takes a name away: its own, or that of the
// nearest name above it that is meant with what is beneath. A must-resolve name
// that is nearer frees the name, and itself.
func (l *Live) Blocker(name string) (*protect.Protection, bool) {
	for up, ok := name, true; ok; up, ok = parent(up) {
		if _, must := l.guard.names[up]; must {
			return nil, false
		}
		p, known := l.Has(observable.Value{Type: observable.Domain, Text: up})
		if known && p.Polarity == protect.Block && (up == name || !p.Exact) {
			return p, true
		}
	}
	return nil, false
}
