package scan

import (
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

// The error of HyperLogLog is 1.04/sqrt(m) (Flajolet et al., 2007), from a few
// to very many, with nothing odd where small counts pass into large ones.
func TestTheSketchErrsAsTheorySays(t *testing.T) {
	const runs = 300
	theory := 1.04 / math.Sqrt(registers)
	r := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{1_000, 2_560, 4_000, 30_000} {
		var bias, squares float64
		for range runs {
			var s sketch
			s.clear()
			for range n {
				s.add(r.Uint64())
			}
			e := s.estimate()/float64(n) - 1
			bias, squares = bias+e/runs, squares+e*e/runs
		}
		// The standard deviation of a deviation measured over so many runs.
		rms, tolerance := math.Sqrt(squares), theory/math.Sqrt(2*runs)
		if rms > theory+4*tolerance || rms < theory/3 {
			t.Errorf("%d hashes: error %.4f, theory says %.4f", n, rms, theory)
		}
		if math.Abs(bias) > 4*theory/math.Sqrt(runs) {
			t.Errorf("%d hashes: bias %.4f", n, bias)
		}
		t.Logf("%6d hashes: error %.4f (theory %.4f), bias %+.4f", n, rms, theory, bias)
	}
}

func TestTheSketchOfFewIsExact(t *testing.T) {
	var s sketch
	s.clear()
	if e := s.estimate(); e != 0 {
		t.Errorf("nothing is estimated at %g", e)
	}
	r := rand.New(rand.NewPCG(7, 8))
	for n := 1; n <= 20; n++ {
		h := r.Uint64()
		s.add(h)
		if s.add(h) {
			t.Error("the same hash changes the sketch twice")
		}
		if e := s.estimate(); math.Abs(e-float64(n)) > 1.5 {
			t.Errorf("%d hashes are estimated at %g", n, e)
		}
	}
}

func TestPrefixesAreWhatNetipSays(t *testing.T) {
	address := func(t *rapid.T, name string) netip.Addr {
		if rapid.Bool().Draw(t, name+" is IPv4") {
			return netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 127, 128, 255}), 4, 4).Draw(t, name)))
		}
		return netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 128, 255}), 16, 16).Draw(t, name)))
	}
	rapid.Check(t, func(t *rapid.T) {
		var list []netip.Prefix
		for range rapid.IntRange(0, 6).Draw(t, "prefixes") {
			a := address(t, "prefix").Unmap()
			list = append(list, netip.PrefixFrom(a, rapid.IntRange(0, a.BitLen()).Draw(t, "bits")))
		}
		p := newPrefixes(list)
		for range 20 {
			a, want := address(t, "address").Unmap(), false
			for _, q := range list {
				// ::/0 holds what IPv4 is mapped to as well: one order of all.
				want = want || q.Contains(a) || q.Contains(netip.AddrFrom16(a.As16()))
			}
			if got := p.has(addressOf(a)); got != want {
				t.Fatalf("%v has %v: %v, want %v", list, a, got, want)
			}
		}
	})
}

// What the memory of contacts holds is known, however it grows; beyond its limit
// the ones used last are.
func TestContactsAreRemembered(t *testing.T) {
	const limit = 1 << 14
	c := newContacts(limit)
	r := rand.New(rand.NewPCG(1, 2))
	hashes := make([]uint64, 2*limit)
	mistaken := 0
	for i := range hashes {
		hashes[i] = r.Uint64()
		if !c.first(hashes[i]) {
			mistaken++
		}
		if i == limit/2 {
			lost := 0
			for _, h := range hashes[:i+1] {
				if c.first(h) {
					lost++
				}
			}
			if lost > i/50 { // some buckets are full earlier than others
				t.Fatalf("%d of %d contacts are forgotten with room for %d", lost, i+1, limit)
			}
		}
		c.first(hashes[0]) // always in use
	}
	if mistaken > 0 {
		t.Errorf("%d new contacts are taken for old ones", mistaken)
	}
	if held := len(hashes) - int(c.evicted); held > limit || held < limit*9/10 {
		t.Errorf("%d are held, of a limit of %d", held, limit)
	}
	if c.first(hashes[0]) {
		t.Error("the one in use all the time is forgotten")
	}
	known := 0
	for _, h := range hashes[len(hashes)-limit/4:] {
		if !c.first(h) {
			known++
		}
	}
	if known < limit/4*99/100 {
		t.Errorf("of the last %d contacts %d are known", limit/4, known)
	}
}

// A flood of sources that fail once pushes out neither scanners nor those who
// are about to become one, nor busy ones; those without a failure go first.
func TestWhatIsWorthLeastIsForgottenFirst(t *testing.T) {
	const limit, now = 1000, 10_000
	s := newSources(limit, 3600)
	r := rand.New(rand.NewPCG(3, 4))
	groups := map[string]func(w *walk){
		"scanner":         func(w *walk) { w.state, w.flagged = scanner, now },
		"three failures":  func(w *walk) { w.ratio = 4.2 },
		"busy":            func(w *walk) { w.setUsual(1000) },
		"expired scanner": func(w *walk) { w.flagged = 1 },
		"no failure":      func(*walk) {},
		"idle":            func(w *walk) { w.ratio, w.last = 4.2, now-3600 },
	}
	keys := map[string][]uint64{}
	for name, mark := range groups {
		for range 20 {
			key := r.Uint64() | 1
			w := s.get(key, now)
			w.last = now
			mark(w)
			keys[name] = append(keys[name], key)
		}
	}
	for i := range 100 * limit {
		w := s.get(r.Uint64()|1, now+uint32(i/1000))
		w.last, w.ratio = now+uint32(i/1000), 1.39
	}
	for name, want := range map[string]int{"scanner": 20, "three failures": 20, "busy": 20, "expired scanner": 20, "no failure": 0, "idle": 0} {
		got := 0
		for _, k := range keys[name] {
			if s.find(k) != nil {
				got++
			}
		}
		if got != want {
			t.Errorf("%s: %d of 20 are remembered, want %d", name, got, want)
		}
	}
	if len(s.places) > s.limit+reach || s.evicted == 0 {
		t.Errorf("%d places of at most %d, %d evicted", len(s.places), s.limit, s.evicted)
	}
}
