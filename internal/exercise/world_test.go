package exercise_test

import (
	"bytes"
	"crypto/sha256"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exercise"
)

func nowhere(int) bool { return false }

func TestScenarios(t *testing.T) {
	var names []string
	for _, s := range exercise.Scenarios() {
		names = append(names, s.Name)
		if again, err := exercise.Find(s.Name); err != nil || !cmp.Equal(again, s) {
			t.Errorf("Find(%q): %v", s.Name, err)
		}
		// Any of them can be shrunk.
		s = s.Sized(200, 7, 0.05)
		if err := s.Validate(); err != nil {
			t.Error(err)
		}
		for w := s.World(1); w.Step(nowhere); {
			if _, err := w.Emit(0, &bytes.Buffer{}); err != nil {
				t.Error(err)
			}
		}
	}
	want := []string{
		"code-red-1v2", "false-alarm", "poisoned", "slammer", "slow-and-quiet",
		"wannacry-100k", "wannacry-12-may", "wannacry-300k", "wannacry-800k",
	}
	if !slices.Equal(names, want) {
		t.Errorf("scenarios %q, want %q", names, want)
	}
	if _, err := exercise.Find("none"); err == nil || !strings.Contains(err.Error(), "wannacry-12-may") {
		t.Errorf("the error names those that there are: %v", err)
	}
}

func TestSites(t *testing.T) {
	s := find(t, "wannacry-12-may")
	sites := s.World(1).Sites()
	hosts, names := 0, map[string]bool{}
	nations := map[string]bool{}
	for i, a := range sites {
		hosts += a.Hosts
		names[a.Name] = true
		if strings.HasPrefix(a.Name, "National CERT") && (a.Kind == "government" || a.Kind == "cert") {
			nations[a.Country] = true
		}
		if !slices.Contains(access.Sectors, a.Sector) || !access.IsCountry(a.Country) || !slices.Contains(access.Kinds, a.Kind) {
			t.Errorf("%s: sector %q, country %q, kind %q", a.Name, a.Sector, a.Country, a.Kind)
		}
		if a.Hosts < 100 || a.Susceptible > a.Hosts || a.Prefix.Bits() != 16 {
			t.Errorf("%s: %d hosts, %d susceptible, %s", a.Name, a.Hosts, a.Susceptible, a.Prefix)
		}
		for _, b := range sites[:i] {
			if a.Prefix.Overlaps(b.Prefix) {
				t.Errorf("%s and %s share %s", a.Name, b.Name, a.Prefix)
			}
		}
	}
	if len(sites) != 48 || len(names) != 48 || hosts != 120_000 {
		t.Errorf("%d sites, %d names, %d hosts", len(sites), len(names), hosts)
	}
	for _, c := range []string{"US", "GB", "AU", "CA", "NZ", "JP"} {
		if !nations[c] {
			t.Errorf("no government of %s", c)
		}
	}
}

func TestManyPartnersAndHosts(t *testing.T) {
	s := find(t, "wannacry-12-may")
	for _, c := range []struct {
		partners, hosts int
		written         bool
	}{{1, 1, true}, {3, 200_000, true}, {255, 1_000_000, true}, {1000, 2_000_000, true}, {10_000, 10_000_000, false}} {
		s.Partners, s.Hosts = c.partners, c.hosts
		w := s.World(1)
		w.Step(nowhere)
		names := map[string]bool{}
		hosts := 0
		for _, site := range w.Sites() {
			names[site.Name] = true
			hosts += site.Hosts
			if c.written && !(site.Prefix.IsValid() && site.Prefix.Addr().As4()[0] == 10) {
				t.Errorf("%d partners: prefix %s", c.partners, site.Prefix)
			}
		}
		if len(names) != c.partners || hosts != c.hosts {
			t.Errorf("%d names, %d hosts of %+v", len(names), hosts, c)
		}
		if _, err := w.Emit(0, &bytes.Buffer{}); (err == nil) != c.written {
			t.Errorf("%+v: Emit: %v", c, err)
		}
	}
}

func TestSameSeedSameStory(t *testing.T) {
	s := find(t, "wannacry-12-may")
	s.Hours = 1
	// The second emits in another order, and only every third tick.
	play := func(seed uint64, backwards bool) (infected []int, text [32]byte) {
		var all bytes.Buffer
		w := s.World(seed)
		last := len(w.Sites()) - 1
		for tick := 0; w.Step(func(i int) bool { return tick > 200 && i%2 == 0 }); tick++ {
			infected = append(infected, w.Infected())
			if backwards && tick%3 != 0 {
				continue
			}
			texts := make([]bytes.Buffer, last+1)
			for i := range texts {
				if backwards {
					i = last - i
				}
				if _, err := w.Emit(i, &texts[i]); err != nil {
					t.Fatal(err)
				}
			}
			if tick%3 == 0 {
				for i := range texts {
					all.Write(texts[i].Bytes())
				}
			}
		}
		return infected, sha256.Sum256(all.Bytes())
	}
	a, textA := play(5, false)
	b, textB := play(5, true)
	if !slices.Equal(a, b) || textA != textB {
		t.Error("the same seed plays another story")
	}
	c, textC := play(6, false)
	if slices.Equal(a, c) || textA == textC {
		t.Error("another seed plays the same story")
	}
}

func TestConservation(t *testing.T) {
	s := find(t, "wannacry-12-may")
	w := s.World(3)
	if w.FirstInfection().IsZero() == false || w.Infected() != 0 || !w.Now().Equal(s.Start) {
		t.Error("something has happened before the first step")
	}
	sites := w.Sites()
	before := make([]int, len(sites))
	ticks := 0
	for covered := func(i int) bool { return ticks >= 900 && i%3 == 0 }; w.Step(covered); ticks++ {
		sum := 0
		for i := range sites {
			n := w.InfectedAt(i)
			sum += n
			if n < before[i] || n > sites[i].Susceptible {
				t.Fatalf("tick %d: %s has %d infected after %d, %d are susceptible", ticks, sites[i].Name, n, before[i], sites[i].Susceptible)
			}
			if covered(i) && n != before[i] {
				t.Fatalf("tick %d: %d new infections at a covered site", ticks, n-before[i])
			}
			before[i] = n
		}
		if sum != w.Infected() {
			t.Fatalf("tick %d: sites have %d infected, the world %d", ticks, sum, w.Infected())
		}
	}
	if ticks != 2880 || !w.Now().Equal(s.Start.Add(8*time.Hour)) || w.Step(nowhere) {
		t.Errorf("%d ticks until %s", ticks, w.Now())
	}
	if w.Stopped() == 0 {
		t.Error("no host was hit where protections were in force")
	}
}

// In one large site the median over seeds of the time from 50 to 3,200 infected
// is six doublings.
func TestDoublingInsideASite(t *testing.T) {
	s := find(t, "wannacry-12-may")
	s.Partners, s.Hosts, s.Hours = 1, 2_000_000, 3
	s.Worm.Seeds = 1
	var times []float64
	for seed := range uint64(41) {
		w := s.World(seed)
		var from, to time.Time
		for to.IsZero() && w.Step(nowhere) {
			if from.IsZero() && w.Infected() >= 50 {
				from = w.Now()
			}
			if w.Infected() >= 3200 {
				to = w.Now()
			}
		}
		times = append(times, to.Sub(from).Minutes()/6)
	}
	slices.Sort(times)
	if median := times[20]; math.Abs(median/s.Worm.InsideDoubling-1) > 0.05 {
		t.Errorf("doubling in %.2f min, want %g", median, s.Worm.InsideDoubling)
	}
}

// With next to no spreading inside, the infected double in the time between,
// along the logistic curve.
func TestDoublingBetweenSites(t *testing.T) {
	s := find(t, "wannacry-12-may")
	s.Partners, s.Hosts, s.Hours = 500, 500, 1
	s.Worm.Seeds, s.Worm.SeedMinutes, s.Worm.Susceptible = 20, 0, [2]float64{1, 1}
	s.Worm.InsideDoubling = 1e6
	var ends []float64
	for seed := range uint64(21) {
		w := s.World(seed)
		for w.Step(nowhere) {
		}
		ends = append(ends, float64(w.Infected()))
	}
	slices.Sort(ends)
	n := 0.0
	for _, site := range s.World(0).Sites() {
		n += float64(site.Susceptible)
	}
	// The hour holds two doubling times.
	want := n / (1 + (n/20-1)*math.Exp(-math.Ln2*2))
	if median := ends[10]; math.Abs(median/want-1) > 0.1 {
		t.Errorf("after two doubling times %g of 20 hosts, theory says %.1f", median, want)
	}
}

func TestMostAreInfectedWithoutSharing(t *testing.T) {
	s := find(t, "wannacry-12-may")
	for seed := range uint64(5) {
		w := s.World(seed)
		for w.Step(nil) {
		}
		if share := float64(w.Infected()) / float64(w.Hosts()); share < 0.5 {
			t.Errorf("seed %d: %.2f infected", seed, share)
		}
		if after := w.FirstInfection().Sub(s.Start); after != 10*time.Second {
			t.Errorf("seed %d: the first infection came after %s", seed, after)
		}
	}
}
