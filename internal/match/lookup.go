package match

import (
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Match is the first indicator that All would yield: the value itself before
// what contains it, and the narrower before the wider.
func (x *Index) Match(v observable.Value) (found Indicator, ok bool) {
	x.All(v, func(ind Indicator) bool {
		found, ok = ind, true
		return false
	})
	return found, ok
}

// All calls yield for each indicator that names v, until it returns false: the
// same value; for a domain also the names above it whose indicators include
// subdomains; for an address or a prefix also the prefixes that contain it.
// A URL is compared as a URL only; its host is a value of its own (see
// observable.Value.Host). v is normalised as observable.New does it.
func (x *Index) All(v observable.Value, yield func(Indicator) bool) {
	s := x.now.Load()
	var room [8]probe
	probes := s.probes(room[:0], &v)
	s.sift(probes)
	s.answer(probes, &v, yield)
}

// Each is All for many values, in order, of which yield gets the number. What
// one event shows is looked up together: the memory that one lookup waits for
// arrives while others are asked for, so that each takes a third of the time.
func (x *Index) Each(values []observable.Value, yield func(i int, ind Indicator) bool) {
	s := x.now.Load()
	var room [48]probe
	var ends [16]int
	for from := 0; from < len(values); {
		probes, n := room[:0], 0
		for ; n < len(ends) && from+n < len(values); n++ {
			probes = s.probes(probes, &values[from+n])
			ends[n] = len(probes)
		}
		s.sift(probes)
		begin, goOn := 0, true
		for i := range n {
			s.answer(probes[begin:ends[i]], &values[from+i], func(ind Indicator) bool {
				goOn = yield(from+i, ind)
				return goOn
			})
			if begin = ends[i]; !goOn {
				return
			}
		}
		from += n
	}
}

// probe is one value to look up for a value that is asked for: itself, or the
// names above it.
type probe struct {
	hash uint64
	skip int32 // bytes of the text before the name above
	base bool  // the snapshot may have it
}

// probes appends those of v: all that is hashed, before any memory is read.
func (s *state) probes(to []probe, v *observable.Value) []probe {
	k := keyOf(*v)
	to = append(to, probe{hash: k.hash(s.seed)})
	if k.code != codeDomain {
		return to
	}
	text := k.text
	for {
		dot := strings.IndexByte(k.text, '.')
		if dot < 0 {
			return to
		}
		k.text = k.text[dot+1:]
		if !s.single && strings.IndexByte(k.text, '.') < 0 {
			return to
		}
		to = append(to, probe{hash: k.hash(s.seed), skip: int32(len(text) - len(k.text))})
	}
}

// sift asks the filter of the snapshot. The loop does nothing else, so that the
// processor has many of its loads under way.
func (s *state) sift(probes []probe) {
	if s.base == nil {
		return
	}
	for i := range probes {
		probes[i].base = s.base.filter.may(probes[i].hash)
	}
}

// answer calls yield for what the probes of v find, and for the prefixes around
// it.
func (s *state) answer(probes []probe, v *observable.Value, yield func(Indicator) bool) {
	k := keyOf(*v)
	for i := range probes {
		p := &probes[i]
		k.text = v.Text[p.skip:]
		if !s.each(p, &k, yield) {
			return
		}
	}
	if k.code == codeIPv4 || k.code == codeIPv6 {
		s.eachRange(v, yield)
	}
}

// each calls yield for the indicators of exactly this value, which are to
// include subdomains if it is a name above. It returns what yield returned
// last.
func (s *state) each(at *probe, k *key, yield func(Indicator) bool) bool {
	h, above := at.hash, at.skip > 0
	for p, _, step, ok := s.live.added.next(h, k, 0); ok; p, _, step, ok = s.live.added.next(h, k, step) {
		if (!above || p.subdomains()) && !yield(p.indicator()) {
			return false
		}
	}
	if s.frozen != nil && !s.eachFrozen(h, k, above, yield) {
		return false
	}
	return !at.base || s.eachBase(h, k, above, yield)
}

func (s *state) eachFrozen(h uint64, k *key, above bool, yield func(Indicator) bool) bool {
	for p, _, step, ok := s.frozen.added.next(h, k, 0); ok; p, _, step, ok = s.frozen.added.next(h, k, step) {
		if above && !p.subdomains() {
			continue
		}
		if ind := p.indicator(); !s.live.buries(h, k, &ind) && !yield(ind) {
			return false
		}
	}
	return true
}

func (s *state) eachBase(h uint64, k *key, above bool, yield func(Indicator) bool) bool {
	goOn := true
	s.base.each(h, k, func(p *parts) bool {
		if above && !p.subdomains() {
			return true
		}
		ind := p.indicator()
		if s.live.buries(h, k, &ind) || s.frozen != nil && s.frozen.buries(h, k, &ind) {
			return true
		}
		goOn = yield(ind)
		return goOn
	})
	return goOn
}
