package patternset_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

const followed = "([domain-name:value = 'evil.example'] FOLLOWEDBY [domain-name:value = 'bad.example']) WITHIN 10 SECONDS"

func present() time.Time { return eight.Add(24 * time.Hour) }

// TestExpiredWindowsMissNothing: a stream in order loses nothing to expiry, and
// state does not grow with it.
func TestExpiredWindowsMissNothing(t *testing.T) {
	s := patternset.New(patternset.Options{Lateness: time.Second, Now: present})
	o := newOracle()
	for i := range 50 {
		text := fmt.Sprintf("([domain-name:value = 'a%d.example'] FOLLOWEDBY [domain-name:value = 'b%d.example']) WITHIN 10 SECONDS", i, i)
		mustAdd(t, s, fmt.Sprint(i), text)
		if err := o.add(fmt.Sprint(i), parse(t, text)); err != nil {
			t.Fatal(err)
		}
	}
	hits := 0
	for i := range 4000 {
		e := event(i/4, domain(fmt.Sprintf("%c%d.example", "ab"[i*7%3%2], i*i%50)))
		hits += agree(t, s, o, (*pattern.Observed)(e), uint64(i))
	}
	if live := s.Stats().Windows; hits == 0 || live > 50 {
		t.Errorf("%d hits, %d windows", hits, live)
	}
	for i := range 200 {
		s.Match(event(100_000+i, domain("a1.example")), uint64(10_000+i), func(patternset.Hit) bool { return true })
	}
	if live := s.Stats().Windows; live != 1 {
		t.Errorf("%d windows live a day later, want the one that is in use", live)
	}
}

// TestClockThatJumps: an event dated 2099 completes nothing and expires nothing,
// and neither do many of them, for the present is not there yet.
func TestClockThatJumps(t *testing.T) {
	for _, jumps := range []int{1, 500} {
		s := patternset.New(patternset.Options{Lateness: time.Second, Now: func() time.Time { return eight.Add(30 * time.Second) }})
		mustAdd(t, s, "indicator--1", followed)
		mustAdd(t, s, "indicator--2", "[domain-name:value = 'other.example'] REPEATS 9999 TIMES WITHIN 1 SECONDS")
		for i := range 100 {
			hitsOf(s, event(20, domain("other.example")), uint64(1000+i))
		}
		hitsOf(s, event(25, domain("evil.example")), 1)
		for i := range jumps {
			late := event(0, domain("other.example"))
			late.First = time.Date(2099, 1, 1, 0, 0, i, 0, time.UTC)
			late.Last = late.First
			hitsOf(s, late, uint64(2000+i))
		}
		if hits := hitsOf(s, event(28, domain("bad.example")), 2); len(hits) != 1 {
			t.Errorf("after %d events dated 2099 what they interrupted is forgotten", jumps)
		}
	}
}

// TestClockComesBack: when a file is read again that has a run of wrong times in
// it, few hits after it are lost, and they are counted.
func TestClockComesBack(t *testing.T) {
	s := patternset.New(patternset.Options{Lateness: time.Second, Now: func() time.Time { return time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC) }})
	mustAdd(t, s, "indicator--1", followed)
	for i := range 500 {
		late := event(0, domain("evil.example"))
		late.First = time.Date(2099, 1, 1, 0, 0, i, 0, time.UTC)
		late.Last = late.First
		hitsOf(s, late, uint64(i))
	}
	hits := 0
	for i := range 100 {
		hits += len(hitsOf(s, event(i, domain([]string{"evil.example", "bad.example"}[i%2])), uint64(1000+i)))
	}
	if late := s.Stats().Late; hits != 50-int(late+1)/2 || late == 0 || late > 16 {
		t.Errorf("%d hits and %d late observations after a run of events dated 2099, want all pairs but the first few", hits, late)
	}
}

// TestWindowsAreBounded: the pattern that was touched longest ago is forgotten,
// and it is counted.
func TestWindowsAreBounded(t *testing.T) {
	s := patternset.New(patternset.Options{Windows: 10, Window: pattern.WindowLimits{Observations: 3}, Now: present})
	for i := range 20 {
		mustAdd(t, s, fmt.Sprint(i), fmt.Sprintf("[domain-name:value = 'a%d.example'] FOLLOWEDBY [domain-name:value = 'b%d.example']", i, i))
	}
	for i := range 20 {
		hitsOf(s, event(i, domain(fmt.Sprintf("a%d.example", i))), uint64(i))
	}
	if st := s.Stats(); st.Windows != 10 || st.WindowsEvicted != 10 {
		t.Errorf("%d windows, %d evicted, want 10 and 10", st.Windows, st.WindowsEvicted)
	}
	if hits := hitsOf(s, event(30, domain("b19.example")), 100); len(hits) != 1 {
		t.Error("the window touched last is gone")
	}
	for i := range 5 {
		hitsOf(s, event(40+i, domain("a19.example")), uint64(200+i))
	}
	st := s.Stats()
	if st.ObservationsEvicted == 0 {
		t.Error("no observation was evicted from a full window")
	}
	s.Remove("19")
	if after := s.Stats(); after.Windows != 9 || after.ObservationsEvicted != st.ObservationsEvicted {
		t.Errorf("after a removal: %+v", after)
	}
}
