package feed

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/protect"
)

// aside is what is to be said of a value beside what is in force.
type aside struct {
	refused string              // why its decision is not put in force
	answer  string              // why a must-resolve's answer is not given
	denied  *protect.Protection // what a must-resolve did not yield to
}

func (l *Live) beside(i uint32) *aside {
	a := l.aside[i]
	if a == nil {
		a = &aside{}
		l.aside[i] = a
	}
	return a
}

// deny notes what a must-resolve did not yield to, and forgets it at its end.
func (l *Live) deny(i uint32, p *protect.Protection) {
	a := l.aside[i]
	switch {
	case status(p):
		l.beside(i).denied = p
	case p.Status != protect.Proposed && a != nil && a.denied != nil && a.denied.ID == p.ID:
		a.denied = nil
	}
}

// takeOdd notes a protection whose value is none.
func (l *Live) takeOdd(p *protect.Protection) {
	switch {
	case status(p) && len(l.odd) < maxOdd:
		l.odd[p.ID] = p
	case p.Status != protect.Proposed:
		delete(l.odd, p.ID)
	}
}

// Left lists what is not in force although it was decided, with reasons, ordered
// by value.
func (l *Live) Left() []Left {
	var left []Left
	for _, p := range l.odd {
		if _, reason := normal(p); inForce(p, l.now) {
			left = append(left, Left{p.Value, p.Polarity, reason})
		}
	}
	for i, a := range l.aside {
		p := l.slots.at[i].p
		if !inForce(p, l.now) {
			continue
		}
		if a.refused != "" {
			left = append(left, Left{p.Value, p.Polarity, a.refused})
		} else if a.answer != "" {
			left = append(left, Left{p.Value, p.Polarity, a.answer})
		}
		if a.denied != nil && inForce(a.denied, l.now) {
			left = append(left, Left{p.Value, a.denied.Polarity, p.Text + " must resolve"})
		}
	}
	slices.SortFunc(left, func(a, b Left) int {
		return cmp.Or(compareValues(a.Value, b.Value), strings.Compare(a.Reason, b.Reason), strings.Compare(string(a.Polarity), string(b.Polarity)))
	})
	return left
}

// answered gives the canonical form of a must-resolve's answer. One that is no
// address is reported; the name still must resolve, as it does by itself.
func answered(p *protect.Protection) (answer, problem string) {
	if p.Answer == "" || p.Polarity != protect.MustResolve {
		return p.Answer, ""
	}
	a, err := netip.ParseAddr(p.Answer)
	if err != nil || a.Zone() != "" {
		return "", "its answer " + p.Answer + " is no address: the name is left to resolve by itself"
	}
	return a.Unmap().String(), ""
}
