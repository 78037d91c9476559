package match_test

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// some are indicators of all kinds.
func some(n int) iter.Seq[match.Indicator] {
	return func(yield func(match.Indicator) bool) {
		for i := range n {
			ind := made(i, 9)
			if i%10 == 0 {
				ind.Value, ind.Subdomains = observable.Value{Type: observable.IPv6, Text: fmt.Sprintf("2001:db8:%x::/48", i)}, false
				if i > 0xffff {
					ind.Text = fmt.Sprintf("2001:db9:%x:%x::/64", i>>16, i&0xffff)
				}
			}
			if p, ok := ind.Prefix(); ok && isPrefix(ind.Text) {
				ind.Text = p.Masked().String()
			}
			if i%50 == 1 {
				ind.Value, ind.Subdomains = observable.Value{Type: "kind of its own", Text: fmt.Sprint("x", i)}, false
			}
			if !yield(ind) {
				return
			}
		}
	}
}

func isPrefix(text string) bool { return strings.Contains(text, "/") }

func snapshot(t testing.TB, indicators iter.Seq[match.Indicator]) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "snapshot")
	if _, err := match.Build(path, indicators); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t testing.TB, path string) *match.Index {
	t.Helper()
	x, err := match.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

// Far more than fits in the buffers of Build comes back, and nothing else.
func TestBuildAndOpen(t *testing.T) {
	for _, n := range []int{0, 1, 17, 300_000} {
		path := snapshot(t, some(n))
		x := open(t, path)
		if x.Len() != n || x.Check() != nil {
			t.Errorf("%d indicators of %d, %v", x.Len(), n, x.Check())
		}
		for ind := range some(n) {
			if got := ids(x, ind.Value); !slices.Equal(got, []string{ind.ID}) {
				t.Fatalf("%v is named by %v", ind, got)
			}
		}
		for i := range 20_000 {
			v := made(i, 8).Value
			if ind, ok := x.Match(v); ok && !names(ind, v) {
				t.Fatalf("%v is said of %v", ind, v)
			}
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if s := x.Stats(); s.Base != int64(n) || s.FileBytes != info.Size() || s.Indicators != int64(n) || s.Unreadable != 0 || n > 100_000 && s.BaseBytes > int64(n)*5 {
			t.Errorf("%+v", s)
		}
		left, err := os.ReadDir(filepath.Dir(path))
		if err != nil || len(left) != 1 {
			t.Errorf("%v is left beside the snapshot, %v", left, err)
		}
	}
}

func TestBuildFails(t *testing.T) {
	if _, err := match.Build(filepath.Join(t.TempDir(), "absent", "x"), some(5)); err == nil || !strings.Contains(err.Error(), "absent") {
		t.Error(err)
	}
	// What cannot be renamed into its place leaves nothing behind.
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "taken", "inside"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := match.Build(filepath.Join(dir, "taken"), some(5)); err == nil {
		t.Error("a folder was replaced")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%v is left, %v", left, err)
	}
	if _, err := match.Open(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// Lookups in a snapshot that find nothing allocate nothing.
func TestSnapshotLookupsAllocateNothing(t *testing.T) {
	x := open(t, snapshot(t, some(3000)))
	values := []observable.Value{value(t, "a.www.good.example"), value(t, "198.51.100.1"), value(t, "2001:dbf::1"), value(t, "http://good.example/")}
	if n := testing.AllocsPerRun(100, func() {
		x.Each(values, func(int, match.Indicator) bool { return true })
		x.Match(values[0])
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// What is compacted holds the bytes that Build writes of the same indicators:
// as many, in the same order, whatever way they took.
func TestCompactIsLikeBuild(t *testing.T) {
	path := snapshot(t, some(2000))
	x := open(t, path)
	var gone []match.Indicator
	for ind := range some(1000) {
		gone = append(gone, ind)
	}
	x.Remove(gone...)
	for ind := range some(3000) {
		x.Add(ind)
	}
	x.Forget(gone[7].ID, "indicator--unknown")
	if err := x.Compact(path); err != nil {
		t.Fatal(err)
	}
	if s := x.Stats(); s.Base != 2999 || s.Indicators != 2999 || s.Added+s.Removed+s.Superseded != 0 || s.Ranges != 300 {
		t.Errorf("%+v", s)
	}
	again := open(t, path)
	i := 0
	for ind := range some(3000) {
		var want []string
		if i != 7 {
			want = []string{ind.ID}
		}
		if diff := cmp.Diff(want, ids(again, ind.Value)); diff != "" {
			t.Fatalf("%v: %s", ind, diff)
		}
		i++
	}
}

// Whatever a file holds, with right checksums, Open and all that follows end,
// do not fault, and say nothing that the file does not say.
func FuzzOpen(f *testing.F) {
	for _, n := range []int{0, 3, 40} {
		b, err := os.ReadFile(snapshot(f, some(n)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, uint32(0), uint64(0))
		f.Add(b, uint32(len(b)-match.Kept(b)), uint64(1<<40))
		for i := range uint32(8) {
			f.Add(b, 64-8*i, uint64(1<<33))
		}
	}
	asked := valuesOf(some(40))
	f.Fuzz(func(t *testing.T, b []byte, fromEnd uint32, mix uint64) {
		// The fuzzer finds numbers behind a megabyte of filter only if it is
		// led there.
		if at := len(b) - int(fromEnd); at >= 0 && at+8 <= len(b) {
			for i := range 8 {
				b[at+i] ^= byte(mix >> (8 * i))
			}
		}
		sound(t, match.Resealed(slices.Clone(b)), asked, nil)
	})
}
