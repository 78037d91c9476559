package hindsight_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/hindsight"
)

// A crash after a merged segment is in place and before those that went into it
// are removed counts nothing twice.
func TestCrashAfterMerge(t *testing.T) {
	dir := t.TempDir()
	m := open(t, dir, hindsight.Options{Clock: func() time.Time { return start }})
	before := map[string][]byte{}
	for range 8 {
		m.Note(numbered(1), netip.Addr{}, start)
		flush(t, m)
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			// The merge may be at work already: what it has removed it has read.
			if data, err := os.ReadFile(filepath.Join(dir, e.Name())); err == nil && filepath.Ext(e.Name()) == ".seen" && e.Name() <= "0000000000000008.seen" {
				before[e.Name()] = data
			}
		}
	}
	m.Settle()
	if n := m.Stats().Segments; n != 1 {
		t.Fatalf("%d segments", n)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if len(before) < 7 {
		t.Fatalf("%d segments were seen", len(before))
	}
	for name, data := range before {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m = open(t, dir, hindsight.Options{Clock: func() time.Time { return start }})
	if past, _ := m.Ask(numbered(1), false); past.Count != 8 {
		t.Errorf("seen %d times, want 8", past.Count)
	}
	if st := m.Stats(); st.Segments != 1 || bytesIn(t, dir) != st.Bytes {
		t.Errorf("what was merged is still there: %+v, %d bytes", st, bytesIn(t, dir))
	}
}

// A day keeps its age when the clock comes back to it and it is merged: it is
// the oldest that gives way, not the one that was merged least.
func TestMergedDayKeepsItsAge(t *testing.T) {
	now := start
	m := open(t, t.TempDir(), hindsight.Options{Days: 2, Clock: func() time.Time { return now }})
	for i, day := range []int{0, 5, 0, 5, 6} { // the clock jumps ahead and back
		now = start.AddDate(0, 0, day)
		m.Note(numbered(i), netip.Addr{}, now)
		flush(t, m)
		m.Settle()
	}
	for i, want := range []bool{false, true, false, true, true} {
		if _, ok := m.Ask(numbered(i), false); ok != want {
			t.Errorf("value %d is remembered: %v", i, ok)
		}
	}
}
