package hub

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever the clock does, and however often the hub is started again, numbers
// only rise.
func TestSerialsOnlyRise(t *testing.T) {
	dir := t.TempDir()
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		file := filepath.Join(dir, "serial-"+time.Duration(runs).String())
		s, err := openSerials(file)
		if err != nil {
			t.Fatal(err)
		}
		now, last := time.Date(2017, 5, 12, 12, 0, 0, 0, time.UTC), uint64(0)
		t.Repeat(map[string]func(*rapid.T){
			"publish": func(t *rapid.T) {
				n, err := s.next(now)
				if err != nil {
					t.Fatal(err)
				}
				if n <= last {
					t.Fatalf("%d after %d", n, last)
				}
				last = n
			},
			"reserve": func(t *rapid.T) {
				if err := s.ahead(now); err != nil {
					t.Fatal(err)
				}
			},
			"clock": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.Int64Range(-int64(time.Hour), int64(time.Hour)).Draw(t, "by")))
			},
			"restart": func(t *rapid.T) {
				if s, err = openSerials(file); err != nil {
					t.Fatal(err)
				}
			},
		})
	})
}

func TestSerialsFollowTheClock(t *testing.T) {
	s, err := openSerials(filepath.Join(t.TempDir(), "serial"))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.next(time.UnixMilli(32_000)); err != nil || n != 2000 {
		t.Errorf("32 s are %d units of 16 ms, %v; want 2000", n, err)
	}
	if n, err := s.next(time.UnixMilli(32_001)); err != nil || n != 2001 {
		t.Errorf("in the same 16 ms: %d, %v; want the next number", n, err)
	}
}

func TestATruncatedSerialIsNotGuessed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "serial")
	if err := os.WriteFile(file, []byte("12"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := openSerials(file); err == nil {
		t.Errorf("took %+v for the last serial", s)
	}
}
