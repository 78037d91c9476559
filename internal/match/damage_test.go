package match_test

import (
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// sound opens a file that may be anything and tries all that a reader does. It
// says whether the file was taken. held is what hits may be, or nil if they may
// be whatever the file says of the value.
func sound(t *testing.T, b []byte, asked []observable.Value, held map[match.Indicator]bool) bool {
	t.Helper()
	path := filepath.Join(t.TempDir(), "snapshot")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	x, err := match.Open(path)
	if err != nil {
		if !strings.Contains(err.Error(), path) {
			t.Errorf("the error does not say which file: %v", err)
		}
		return false
	}
	defer x.Close()
	for _, v := range asked {
		x.All(v, func(ind match.Indicator) bool {
			if !names(ind, v) || held != nil && !held[ind] {
				t.Errorf("%v is said of %v", ind, v)
			}
			return true
		})
		x.Remove(match.Indicator{Value: v})
	}
	if err := x.Check(); err == nil {
		if err := x.Compact(path); err != nil {
			t.Errorf("it can be read and not compacted: %v", err)
		}
	}
	return true
}

func valuesOf(indicators iter.Seq[match.Indicator]) (all []observable.Value) {
	for ind := range indicators {
		v := ind.Value
		all = append(all, v)
		if v.Type == observable.Domain {
			all = append(all, observable.Value{Type: v.Type, Text: "www." + v.Text})
		}
	}
	return all
}

// A file that was cut short, or one bit of which is another, is refused if that
// is in what is kept in memory; else the entries in question are not found,
// and it is counted. No hit is ever wrong.
func TestDamagedSnapshot(t *testing.T) {
	good, err := os.ReadFile(snapshot(t, some(200)))
	if err != nil {
		t.Fatal(err)
	}
	asked, held := valuesOf(some(200)), map[match.Indicator]bool{}
	for ind := range some(200) {
		held[ind] = true
	}
	if !sound(t, slices.Clone(good), asked, held) {
		t.Fatal("the snapshot is not taken as it is")
	}
	rng := rand.New(rand.NewPCG(1, 3))
	for range 300 {
		if cut := rng.IntN(len(good)); sound(t, good[:cut], asked, held) {
			t.Errorf("cut at %d of %d it is taken", cut, len(good))
		}
		bad := slices.Clone(good)
		at := rng.IntN(len(bad))
		bad[at] ^= 1 << rng.IntN(8)
		cold := at >= len("tocsin index 2\r\n") && at < match.Kept(good)
		if taken := sound(t, bad, asked, held); taken != cold {
			t.Errorf("with another byte %d of %d (%v) it is taken: %v", at, len(good), cold, taken)
		}
	}
	for at := match.Kept(good); at < len(good); at++ {
		bad := slices.Clone(good)
		bad[at] ^= 0x40
		if sound(t, bad, asked, held) {
			t.Errorf("with another byte %d of %d it is taken", at, len(good))
		}
	}
}

// While the file is open it is overwritten and cut short: lookups go on, say
// nothing wrong, and it is counted and said that something is missing.
func TestSnapshotChangesBeneath(t *testing.T) {
	for name, change := range map[string]func(path string, size int64) error{
		"cut":         func(path string, size int64) error { return os.Truncate(path, size/2) },
		"emptied":     func(path string, _ int64) error { return os.Truncate(path, 0) },
		"overwritten": func(path string, size int64) error { return os.WriteFile(path, make([]byte, size), 0o600) },
	} {
		path := snapshot(t, some(5000))
		x := open(t, path)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := change(path, info.Size()); err != nil {
			t.Fatal(err)
		}
		found := 0
		for ind := range some(5000) {
			got, ok := x.Match(ind.Value)
			if ok && got != ind {
				t.Fatalf("%s: %v is said of %v", name, got, ind.Value)
			}
			if ok {
				found++
			}
		}
		s := x.Stats()
		if s.Unreadable < int64(5000-found) || found > 3000 {
			t.Errorf("%s: %d found, %+v", name, found, s)
		}
		if err := x.Check(); err == nil {
			t.Errorf("%s: all of it can be read", name)
		}
		if err := x.Compact(path + "2"); err == nil {
			t.Errorf("%s: what cannot be read is compacted", name)
		}
		x.Add(made(1, 7))
		if _, ok := x.Match(made(1, 7).Value); !ok {
			t.Errorf("%s: what is added afterwards does not match", name)
		}
	}
}
