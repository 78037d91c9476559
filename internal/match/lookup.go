package match

import (
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
	const most = 8 // names above a name, nearly always
	s := x.now.Load()
	var room [32]probe
	var ends [16]int
	for from := 0; from < len(values); {
		probes, n := room[:0], 0
		for ; n < len(ends) && from+n < len(values) && len(probes) <= len(room)-most; n++ {
			probes = s.probes(probes, &values[from+n])
			ends[n] = len(probes)
		}
		found := s.sift(probes)
		if !found && s.ranges.Size() == 0 { // of most events
			from += n
			continue
		}
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
	in   uint8 // where it may be: inBase, inLive, inFrozen
}

const (
	inBase = 1 << iota
	inLive
	inFrozen
)

// probes appends those of a value, itself the last: all that is hashed, before
// any memory is read.
func (s *state) probes(to []probe, v *observable.Value) []probe {
	code := codeOf(v.Type)
	if code == 0 {
		k := keyOf(*v)
		return append(to, probe{hash: k.hash(s.seed)})
	}
	h := hasherOf(s.seed + uint64(code))
	if code == codeDomain {
		return h.names(to, v.Text, s.single)
	}
	return append(to, probe{hash: h.hash(v.Text)})
}

// sift asks where the probes may be, and whether any is anywhere. Its loops do
// nothing else and take no turns, so that the processor has many of their loads
// under way.
func (s *state) sift(probes []probe) (found bool) {
	var all uint8
	if s.base != nil {
		all = s.base.filter.sift(probes)
	}
	all |= s.live.added.sift(probes, inLive)
	if s.frozen != nil {
		all |= s.frozen.added.sift(probes, inFrozen)
	}
	return all != 0
}

// sift marks the probes of which a slot may be.
func (t *table) sift(probes []probe, mark uint8) (all uint8) {
	slots := t.slots
	for i := range probes {
		var in uint8
		if slots[probes[i].hash&uint64(len(slots)-1)].Load() != empty {
			in = mark
		}
		probes[i].in |= in
		all |= in
	}
	return all
}

// answer calls yield for what the probes of v find, and for the prefixes around
// it.
func (s *state) answer(probes []probe, v *observable.Value, yield func(Indicator) bool) {
	k := keyOf(*v)
	for i := len(probes) - 1; i >= 0; i-- {
		p := &probes[i]
		if p.in == 0 {
			continue
		}
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
	if at.in&inLive != 0 {
		for p, _, step, ok := s.live.added.next(h, k, 0); ok; p, _, step, ok = s.live.added.next(h, k, step) {
			if (!above || p.subdomains()) && !yield(p.indicator()) {
				return false
			}
		}
	}
	if at.in&inFrozen != 0 && !s.eachFrozen(h, k, above, yield) {
		return false
	}
	return at.in&inBase == 0 || s.eachBase(h, k, above, yield)
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
