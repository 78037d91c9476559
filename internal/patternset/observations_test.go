package patternset_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// chain asks for a first name and then for a second.
func chain(i int) string {
	return fmt.Sprintf("[domain-name:value = 'first%d.example'] FOLLOWEDBY [domain-name:value = 'second%d.example']", i, i)
}

// TestObservationsAreBounded: all windows together hold so many observations.
// The one that got none for longest goes first, and it is counted.
func TestObservationsAreBounded(t *testing.T) {
	s := patternset.New(patternset.Options{Observations: 30, Now: present})
	for i := range 5 {
		mustAdd(t, s, fmt.Sprint(i), chain(i))
	}
	ref := 0
	show := func(name string, i int) []patternset.Hit {
		ref++
		return hitsOf(s, event(ref, domain(fmt.Sprintf("%s%d.example", name, i))), uint64(ref))
	}
	for i := range 3 { // 0 gets the first of all and the last of all, 1 nothing after the others began
		for range 5 {
			show("first", i)
		}
	}
	for range 15 {
		show("first", 0)
	}
	if st := s.Stats(); st.Observations != 30 || st.Windows != 3 || st.WindowsEvicted != 0 {
		t.Fatalf("%d observations in %d windows, %d evicted; want 30 in 3, none", st.Observations, st.Windows, st.WindowsEvicted)
	}
	show("first", 3)
	if st := s.Stats(); st.Observations != 26 || st.Windows != 3 || st.WindowsEvicted != 1 || st.ObservationsEvicted != 0 {
		t.Errorf("with one more: %+v", st)
	}
	if len(show("second", 0)) != 1 || len(show("second", 2)) != 1 || len(show("second", 3)) != 1 {
		t.Error("not only the window that got nothing for longest is gone")
	}
	if len(show("second", 1)) != 0 {
		t.Error("the window that got nothing for longest is there")
	}
}

// TestObservationsOfOnePattern: one pattern may hold them all, and goes on with
// the last of them.
func TestObservationsOfOnePattern(t *testing.T) {
	s := patternset.New(patternset.Options{Observations: 30, Now: present})
	mustAdd(t, s, "0", chain(0))
	mustAdd(t, s, "1", chain(1))
	for i := range 200 {
		hitsOf(s, event(i, domain(fmt.Sprintf("first%d.example", i/100))), uint64(i))
		if st := s.Stats(); st.Observations > 30 {
			t.Fatalf("after %d: %d observations", i, st.Observations)
		}
	}
	if st := s.Stats(); st.Windows != 1 || st.WindowsEvicted != 1 || st.Observations != 30 || st.ObservationsEvicted != 140 {
		t.Errorf("%+v", st)
	}
	if hits := hitsOf(s, event(200, domain("second1.example")), 200); len(hits) != 1 {
		t.Error("the last observations are gone")
	}
}

// TestExpiredObservationsAreNotCounted: what has expired in a window that gets
// nothing takes no room from others.
func TestExpiredObservationsAreNotCounted(t *testing.T) {
	s := patternset.New(patternset.Options{Lateness: 1, Now: present})
	for i := range 2 {
		mustAdd(t, s, fmt.Sprint(i), "("+chain(i)+") WITHIN 5 SECONDS")
	}
	for i := range 10 {
		hitsOf(s, event(i/9*100, domain("first0.example")), uint64(i))
	}
	for i := range 100 {
		hitsOf(s, event(102, domain("first1.example")), uint64(100+i))
	}
	if st := s.Stats(); st.Observations != 101 || st.Windows != 2 {
		t.Errorf("%d observations in %d windows, want the one that still matters and 100", st.Observations, st.Windows)
	}
}

// TestObservationsAreCounted: the count is right however windows come, expire,
// match and go, from many goroutines at once.
func TestObservationsAreCounted(t *testing.T) {
	const patterns, most, readers = 20, 100, 4
	s := patternset.New(patternset.Options{Observations: most, Windows: 12, Window: pattern.WindowLimits{Observations: 40}, Lateness: 1, Now: present})
	for i := range patterns {
		mustAdd(t, s, fmt.Sprint(i), "("+chain(i)+") WITHIN 40 SECONDS")
	}
	var all sync.WaitGroup
	for reader := range readers {
		all.Go(func() {
			r := rand.New(rand.NewPCG(9, uint64(reader)))
			for i := range 3000 {
				name := fmt.Sprintf("%s%d.example", []string{"first", "first", "second"}[r.IntN(3)], r.IntN(patterns))
				hitsOf(s, event(i/3, domain(name)), uint64(reader*10_000+i))
				if i%500 == 250 {
					s.Remove(fmt.Sprint(r.IntN(patterns)))
				}
				if st := s.Stats(); st.Observations < 0 || st.Observations > most+readers {
					t.Errorf("%d observations, want at most %d", st.Observations, most+readers)
					return
				}
			}
		})
	}
	all.Wait()
	if st := s.Stats(); st.Windows == 0 || st.Observations < st.Windows || st.WindowsEvicted == 0 {
		t.Errorf("nothing was put to the test: %+v", st)
	}
	for i := range patterns {
		s.Remove(fmt.Sprint(i))
	}
	if st := s.Stats(); st.Windows != 0 || st.Observations != 0 {
		t.Errorf("%d observations in %d windows of no pattern", st.Observations, st.Windows)
	}
}
