package feed

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// inForce says whether a decision puts something in force at now: it is Active or
// Canary, and not past Expires; a zero Expires never passes.
func inForce(p *protect.Protection, now time.Time) bool {
	return status(p) && (p.Expires.IsZero() || now.Before(p.Expires))
}

// status says whether the decision itself puts something in force. Who is shown
// a canary is one.
func status(p *protect.Protection) bool {
	return p.Status == protect.Active || p.Status == protect.Canary
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
	if last := v.Text[len(v.Text)-1]; v.Type == observable.Domain && '0' <= last && last <= '9' {
		if _, err := netip.ParseAddr(v.Text); err == nil { // of other names the parser's error is not worth its making
			return v, "an address given as a domain"
		}
	}
	return v, ""
}

// canonical is the protection with its value and answer in canonical form; what
// has to be said of the latter goes beside the slot.
func (l *Live) canonical(i uint32, v observable.Value, p *protect.Protection) *protect.Protection {
	answer, problem := answered(p)
	if problem != "" {
		l.beside(i).answer = problem
	}
	if v == p.Value && answer == p.Answer {
		return p
	}
	written := *p
	written.Value, written.Answer = v, answer
	return &written
}

// ancestors maps every name above one of names to those of them beneath it.
func ancestors(names map[string]int) map[string][]string {
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
